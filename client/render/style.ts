import { foldName } from "../../room/note.ts";

/** Puts text between the sequences that a terminal shows as colours and weights, or does not. */
export interface Style {
  /**
   * Gives `text` the colour of the name `name`, which is the same wherever that name is
   * shown. Default: the colour of `text` itself.
   */
  readonly name: (text: string, name?: string) => string;
  /** Takes text back: it is about the chat, not of it. */
  readonly dim: (text: string) => string;
  /** Brings text forward. */
  readonly strong: (text: string) => string;
}

/** What a terminal, and the person before it, can do with. */
export interface StyleOptions {
  /** Whether there are to be colours; `NO_COLOR` speaks of these only. */
  readonly color: boolean;
  /** Whether there are to be weights, such as bold. */
  readonly attributes: boolean;
}

/**
 * The colours of names: entries of xterm's 256 colours, by hue. Each has a contrast of at
 * least 3:1 to black and to white (WCAG 2.2, "contrast ratio"; 3:1 is what it asks for
 * large text), as nobody tells us which of the two is behind it. Of the colours that do,
 * these fourteen are furthest apart from their neighbours in hue.
 */
export const NAME_COLORS: readonly number[] = [
  ...[198, 160, 130, 136, 100, 28, 29],
  ...[30, 31, 33, 63, 93, 171, 200],
];

/** Makes a style; what it may not use, it leaves out. */
export function style({ color, attributes }: StyleOptions): Style {
  return {
    name: color
      ? (text, name = text) => `\x1b[38;5;${nameColor(name)}m${text}\x1b[39m`
      : (text) => text,
    dim: attributes ? (text) => `\x1b[2m${text}\x1b[22m` : (text) => text,
    strong: attributes ? (text) => `\x1b[1m${text}\x1b[22m` : (text) => text,
  };
}

/** The style of text that is no more than that. */
export const PLAIN: Style = style({ color: false, attributes: false });

/** Picks a colour by the name's 32-bit FNV-1a hash, over UTF-16 units. */
function nameColor(name: string): number {
  const folded = foldName(name);
  let hash = 0x811c9dc5;
  for (let i = 0; i < folded.length; i++) {
    hash = Math.imul(hash ^ folded.charCodeAt(i), 0x01000193);
  }
  return NAME_COLORS[(hash >>> 0) % NAME_COLORS.length]!;
}
