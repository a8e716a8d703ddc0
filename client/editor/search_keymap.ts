import { type Key, keyName } from "./key.ts";
import { type Binding, byKey, type LineEvent } from "./keymap.ts";

/** The search that keys act on. */
export interface SearchTarget {
  /** Searches for an older (-1) or newer (1) line. */
  go(step: -1 | 1): void;
  /** Takes the latest step back. */
  back(): void;
  /** Ends the search, and leaves its line to be edited. */
  accept(): void;
  /** Ends the search, and shows the line as it was before. */
  cancel(): void;
  /** Ends the search, and sends its line. */
  enter(): readonly LineEvent[];
}

/**
 * The keys during a search, as in GNU Readline, except that Escape cancels it: the key is known for
 * that. All other keys with a binding end the search, and then act on the line that was found.
 */
export const SEARCH_KEYMAP: readonly Binding<SearchTarget>[] = [
  { keys: ["C-r"], about: "find the next older line", run: (search) => search.go(-1) },
  { keys: ["C-s"], about: "find the next newer line", run: (search) => search.go(1) },
  { keys: ["backspace"], about: "take the last step back", run: (search) => search.back() },
  { keys: ["tab"], about: "edit the line", run: (search) => search.accept() },
  { keys: ["return", "enter"], about: "send the line", run: (search) => search.enter() },
  {
    keys: ["C-g", "escape", "C-c"],
    about: "come back to the line before the search",
    run: (search) => search.cancel(),
  },
];

const BY_KEY = byKey(SEARCH_KEYMAP);

/** Finds the binding of a key during a search. */
export function searchBindingOf(key: Key): Binding<SearchTarget> | undefined {
  return BY_KEY.get(keyName(key));
}
