import type { EditBuffer } from "./edit_buffer.ts";
import { type Key, keyName } from "./key.ts";

/** An event of the line. */
export type LineEvent =
  /** Enter: `confirm` if the line has pastes that were not confirmed yet, else `line`. */
  | { readonly type: "line" | "confirm"; readonly text: string }
  /** Another text has replaced a restored one. */
  | { readonly type: "aside"; readonly text: string }
  /** There is no room for a paste. */
  | { readonly type: "refuse"; readonly chars: number }
  /** Another line is wanted, by its number from 1 on. */
  | { readonly type: "switch"; readonly number: number }
  /** The key is not for the line. */
  | { readonly type: "complete" | "clear" | "suspend" | "interrupt" | "close" };

/** The direction in which to go through the history, and the start of the lines to stop at. */
export interface Recall {
  readonly step: -1 | 1;
  /** Default: any start. */
  readonly prefix?: string;
}

/** The line that keys act on. */
export interface KeyTarget {
  readonly buffer: EditBuffer;
  /** Shows the next older (-1) or newer (1) line of the history. */
  recall(options: Recall): void;
  /** Shows the oldest line of the history, or the line being typed. */
  recallEnd(end: "oldest" | "typed"): void;
  /** Starts to search the history. */
  search(): void;
  /** Ends the line. */
  enter(): readonly LineEvent[];
  /** Drops the line. An empty one is not closed: that would happen by accident. */
  interrupt(): readonly LineEvent[];
}

/** An action on a target, and the keys for it. */
export interface Binding<T = KeyTarget> {
  /** The keys, as {@linkcode keyName} names them; two in a row have a space between them. */
  readonly keys: readonly string[];
  /** The action in a few words, for the documentation. */
  readonly about: string;
  readonly run: (target: T, key: Key) => readonly LineEvent[] | void;
}

/** The keys that do not type a character, as in GNU Readline and Emacs. */
export const KEYMAP: readonly Binding[] = [
  {
    keys: ["left", "C-b"],
    about: "move one character left",
    run: ({ buffer }) => buffer.moveTo(buffer.left),
  },
  {
    keys: ["right", "C-f"],
    about: "move one character right",
    run: ({ buffer }) => buffer.moveTo(buffer.right),
  },
  {
    keys: ["M-b", "C-left", "M-left"],
    about: "move one word left",
    run: ({ buffer }) => buffer.moveTo(buffer.wordLeft),
  },
  {
    keys: ["M-f", "C-right", "M-right"],
    about: "move one word right",
    run: ({ buffer }) => buffer.moveTo(buffer.wordRight),
  },
  {
    keys: ["home", "C-a"],
    about: "move to the start of the row",
    run: ({ buffer }) => buffer.moveTo(buffer.rowStart),
  },
  {
    keys: ["end", "C-e"],
    about: "move to the end of the row",
    run: ({ buffer }) => buffer.moveTo(buffer.rowEnd),
  },
  {
    keys: ["backspace"],
    about: "delete the character before the cursor",
    run: ({ buffer }) => buffer.deleteTo(buffer.left),
  },
  {
    keys: ["delete"],
    about: "delete the character after the cursor",
    run: ({ buffer }) => buffer.deleteTo(buffer.right),
  },
  {
    keys: ["C-d"],
    about: "the same; leave if the line is empty",
    run: ({ buffer }) =>
      buffer.text === "" ? [{ type: "close" }] : void buffer.deleteTo(buffer.right),
  },
  {
    keys: ["C-w", "C-backspace", "M-backspace"],
    about: "cut the word before the cursor",
    run: ({ buffer }) => buffer.killTo(buffer.wordLeft),
  },
  {
    keys: ["M-d", "C-delete", "M-delete"],
    about: "cut the word after the cursor",
    run: ({ buffer }) => buffer.killTo(buffer.wordRight),
  },
  {
    keys: ["C-u", "C-S-backspace"],
    about: "cut everything before the cursor in its row, or the line break there",
    run: ({ buffer }) =>
      buffer.killTo(buffer.cursor === buffer.rowStart ? buffer.left : buffer.rowStart),
  },
  {
    keys: ["C-k", "C-S-delete"],
    about: "cut everything after the cursor in its row, or the line break there",
    run: ({ buffer }) =>
      buffer.killTo(buffer.cursor === buffer.rowEnd ? buffer.right : buffer.rowEnd),
  },
  { keys: ["C-y"], about: "insert the text that was cut last", run: ({ buffer }) => buffer.yank() },
  {
    keys: ["C-t"],
    about: "swap the characters around the cursor",
    run: ({ buffer }) => buffer.transpose(),
  },
  {
    keys: ["M-u"],
    about: "change the next word to upper case",
    run: ({ buffer }) => buffer.changeTo(buffer.wordRight, (word) => word.toUpperCase()),
  },
  {
    keys: ["M-l"],
    about: "change the next word to lower case",
    run: ({ buffer }) => buffer.changeTo(buffer.wordRight, (word) => word.toLowerCase()),
  },
  {
    keys: ["M-c"],
    about: "capitalize the next word",
    run: ({ buffer }) => buffer.changeTo(buffer.wordRight, capitalized),
  },
  {
    keys: ["C-_", "C-x C-u"],
    about: "undo the last edit",
    run: ({ buffer }) => buffer.undo(),
  },
  {
    keys: ["C-x C-r"],
    about: "redo the edit that was undone last",
    run: ({ buffer }) => buffer.redo(),
  },
  {
    keys: ["up", "C-p"],
    about: "move one row up; in the first row show the previous line",
    run: (line) => {
      const { above } = line.buffer;
      if (above === undefined) line.recall({ step: -1 });
      else line.buffer.moveTo(above);
    },
  },
  {
    keys: ["down", "C-n"],
    about: "move one row down; in the last row show the next line",
    run: (line) => {
      const { below } = line.buffer;
      if (below === undefined) line.recall({ step: 1 });
      else line.buffer.moveTo(below);
    },
  },
  {
    keys: ["pageup"],
    about: "show the previous line that starts with the text before the cursor",
    run: (line) => line.recall({ step: -1, prefix: line.buffer.before }),
  },
  {
    keys: ["pagedown"],
    about: "show the next such line",
    run: (line) => line.recall({ step: 1, prefix: line.buffer.before }),
  },
  {
    keys: ["M-<"],
    about: "show the oldest line",
    run: (line) => line.recallEnd("oldest"),
  },
  {
    keys: ["M->"],
    about: "come back to the line being typed",
    run: (line) => line.recallEnd("typed"),
  },
  { keys: ["C-r"], about: "search the lines typed before", run: (line) => line.search() },
  { keys: ["tab"], about: "complete a command, name or room", run: () => [{ type: "complete" }] },
  { keys: ["return", "enter"], about: "send the line", run: (line) => line.enter() },
  {
    keys: ["M-return", "M-enter", "S-return"],
    about: "start a new row",
    run: ({ buffer }) => void buffer.insert("\n"),
  },
  {
    keys: ["C-c"],
    about: "drop the line; say how to leave if it is empty",
    run: (line) => line.interrupt(),
  },
  {
    keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => `M-${digit}`),
    about: "switch to the open room of that number",
    run: (_line, { name }) => [{ type: "switch", number: Number(name) }],
  },
  { keys: ["C-l"], about: "clear the screen except for the line", run: () => [{ type: "clear" }] },
  { keys: ["C-z"], about: "stop the program; `fg` continues it", run: () => [{ type: "suspend" }] },
];

const BY_KEY = byKey(KEYMAP);

/** The first keys of two in a row. */
const PREFIXES: ReadonlySet<string> = new Set(
  [...BY_KEY.keys()].filter((key) => key.includes(" ")).map((key) => key.split(" ")[0]!),
);

/** Finds the binding of a key, or of two in a row. */
export function bindingOf(...keys: readonly Key[]): Binding | undefined {
  return BY_KEY.get(keys.map(keyName).join(" "));
}

/** Returns whether a key does something only with the next one. */
export function isPrefix(key: Key): boolean {
  return PREFIXES.has(keyName(key));
}

/** Returns bindings by their keys. */
export function byKey<T>(bindings: readonly Binding<T>[]): ReadonlyMap<string, Binding<T>> {
  return new Map(
    bindings.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)),
  );
}

function capitalized(text: string): string {
  return text.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase());
}
