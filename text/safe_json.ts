import { escapeHidden } from "./escape.ts";

/**
 * A value as one line of JSON. Whatever `escapeText` would not leave as it is stands there as
 * `\uXXXX`, so that the line can do nothing to a terminal, and a program reads exactly what
 * the value holds.
 */
export function safeJson(value: unknown): string {
  return escapeHidden(JSON.stringify(value), escapeUnits);
}

function escapeUnits(character: string): string {
  let escaped = "";
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }
  return escaped;
}
