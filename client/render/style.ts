import { foldName } from "../../room/note.ts";

/** Puts text between terminal sequences for colors and weights, or returns it unchanged. */
export interface Style {
  /**
   * Gives `text` the color of the name `name`, which is the same everywhere. Default: the color
   * of `text` itself.
   */
  readonly name: (text: string, name?: string) => string;
  /** Dims text that is about the chat. */
  readonly dim: (text: string) => string;
  /** Highlights the head of a private note. */
  readonly strong: (text: string) => string;
  /** Highlights the reader's name, or `you`. */
  readonly mention: (text: string) => string;
  /** Highlights the line in front of new notes. */
  readonly fresh: (text: string) => string;
}

/** The abilities of a terminal, and the wishes of its user. */
export interface StyleOptions {
  /** Whether to use colors. `NO_COLOR` covers these only. */
  readonly color: boolean;
  /** Whether to use weights, such as bold. */
  readonly attributes: boolean;
  /**
   * Whether to put mentions between marks instead, on a terminal that has no weights. Default
   * false.
   */
  readonly marks?: boolean;
}

/**
 * The colors of names: entries of xterm's 256 colors, by hue. Each has a contrast of at least 3:1
 * to black and to white (WCAG 2.2, "contrast ratio"; 3:1 is the minimum for large text), because
 * the background is unknown. Of the colors that qualify, these fourteen differ most from their
 * neighbors in hue.
 */
export const NAME_COLORS: readonly number[] = [
  ...[198, 160, 130, 136, 100, 28, 29],
  ...[30, 31, 33, 63, 93, 171, 200],
];

/** The color of the line in front of new notes, a red of {@linkcode NAME_COLORS}. */
const FRESH_COLOR = 160;

/** Makes a style, without the sequences that are not allowed. */
export function style({ color, attributes, marks = false }: StyleOptions): Style {
  const same = (text: string) => text;
  const colored = (text: string, index: number) => `\x1b[38;5;${index}m${text}\x1b[39m`;
  const strong = attributes ? (text: string) => `\x1b[1m${text}\x1b[22m` : same;
  return {
    name: color ? (text, name = text) => colored(text, nameColor(name)) : same,
    dim: attributes ? (text) => `\x1b[2m${text}\x1b[22m` : same,
    strong,
    mention: attributes ? (text) => `\x1b[7m${text}\x1b[27m` : marks ? (text) => `»${text}«` : same,
    fresh: color ? (text) => colored(strong(text), FRESH_COLOR) : strong,
  };
}

/** The style of plain text. */
export const PLAIN: Style = style({ color: false, attributes: false });

/** Picks a color by the name's 32-bit FNV-1a hash, over UTF-16 units. */
function nameColor(name: string): number {
  const folded = foldName(name);
  let hash = 0x811c9dc5;
  for (let i = 0; i < folded.length; i++) {
    hash = Math.imul(hash ^ folded.charCodeAt(i), 0x01000193);
  }
  return NAME_COLORS[(hash >>> 0) % NAME_COLORS.length]!;
}
