import { foldName } from "../room/note.ts";

/** A change of the names of ignored people. */
export interface IgnoredChange {
  /** The names to add. Default: none. */
  readonly add?: readonly string[];
  /** The names to remove. Default: none. */
  readonly remove?: readonly string[];
}

/** Applies a change. Each name is there once then, in the spelling that was added last. */
export function applyIgnoredChange(
  names: readonly string[],
  { add = [], remove = [] }: IgnoredChange,
): string[] {
  const gone = new Set([...add, ...remove].map(foldName));
  return [...names.filter((name) => !gone.has(foldName(name))), ...add];
}
