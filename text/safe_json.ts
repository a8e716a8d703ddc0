import { escapeHidden } from "./escape.ts";

/**
 * Formats a value as one line of JSON. Each character that `escapeText` would escape is written as
 * `\uXXXX`, so that the line cannot control a terminal, and a program still reads the exact value.
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
