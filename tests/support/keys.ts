/**
 * Keys by their names, for tests: `x`, `up`, `C-a`, `M-b`, `C-S-delete`.
 *
 * @module
 */

import type { Key } from "../../client/editor/key.ts";

/** Returns the key with this name; a single character types itself. */
export function parseKey(name: string): Key {
  const [, ctrl, meta, shift, rest = ""] = /^(C-)?(M-)?(S-)?(.+)$/u.exec(name) ?? [];
  const isText = [...rest].length === 1 && !ctrl && !meta;
  if (isText) return { type: "key", text: rest };
  return {
    type: "key",
    name: rest,
    ...(ctrl && { ctrl: true }),
    ...(meta && { meta: true }),
    ...(shift && { shift: true }),
  };
}

/** Returns the keys that type a text. */
export function typeText(text: string): Key[] {
  return Array.from(text, (character) => ({ type: "key", text: character }));
}

/** Returns the keys with these names, separated by spaces. */
export function parseKeys(names: string): Key[] {
  return names.split(" ").filter((name) => name !== "").map(parseKey);
}
