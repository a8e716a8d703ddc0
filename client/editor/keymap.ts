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

/** The line that keys act on. */
export interface KeyTarget {
  readonly buffer: EditBuffer;
  /** Shows the next older or newer line of the history that starts with `prefix`. */
  recall(direction: "older" | "newer", prefix: string): void;
  /** Ends the line. */
  enter(): readonly LineEvent[];
  /** Drops the line. An empty one is not closed: that would happen by accident. */
  interrupt(): readonly LineEvent[];
}

/** An action, and the keys for it. */
export interface Binding {
  /** The keys, as {@linkcode keyName} names them. */
  readonly keys: readonly string[];
  /** The action in a few words, for the documentation. */
  readonly about: string;
  readonly run: (line: KeyTarget, key: Key) => readonly LineEvent[] | void;
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
    about: "move to the start of the line",
    run: ({ buffer }) => buffer.moveTo(0),
  },
  {
    keys: ["end", "C-e"],
    about: "move to the end of the line",
    run: ({ buffer }) => buffer.moveTo(buffer.end),
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
    about: "cut everything before the cursor",
    run: ({ buffer }) => buffer.killTo(0),
  },
  {
    keys: ["C-k", "C-S-delete"],
    about: "cut everything after the cursor",
    run: ({ buffer }) => buffer.killTo(buffer.end),
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
  { keys: ["C-_"], about: "undo the last edit", run: ({ buffer }) => buffer.undo() },
  {
    keys: ["up"],
    about: "show the previous line that starts with the text before the cursor",
    run: (line) => line.recall("older", line.buffer.before),
  },
  {
    keys: ["down"],
    about: "show the next such line",
    run: (line) => line.recall("newer", line.buffer.before),
  },
  {
    keys: ["C-p"],
    about: "show the previous line",
    run: (line) => line.recall("older", ""),
  },
  {
    keys: ["C-n"],
    about: "show the next line",
    run: (line) => line.recall("newer", ""),
  },
  { keys: ["tab"], about: "complete a command, name or room", run: () => [{ type: "complete" }] },
  { keys: ["return", "enter"], about: "send the line", run: (line) => line.enter() },
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

const BY_KEY: ReadonlyMap<string, Binding> = new Map(
  KEYMAP.flatMap((binding) => binding.keys.map((key) => [key, binding] as const)),
);

/** Finds the binding of a key. */
export function bindingOf(key: Key): Binding | undefined {
  return BY_KEY.get(keyName(key));
}

function capitalized(text: string): string {
  return text.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase());
}
