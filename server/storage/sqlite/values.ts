import type { StatementSync } from "node:sqlite";

/**
 * Encodes text for storage: as bytes if it contains U+0000, since SQLite would return it cut off.
 */
export function encodeText(text: string): string | Uint8Array {
  return text.includes("\0") ? new TextEncoder().encode(text) : text;
}

/** Decodes text encoded by {@linkcode encodeText}. */
export function decodeText(value: unknown): string {
  if (typeof value === "string") return value;
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(value as Uint8Array<ArrayBuffer>);
}

/**
 * Makes a statement return rows as arrays, which is twice as fast as objects.
 *
 * The types only know rows as objects, so callers have to cast.
 */
export function asArrays(statement: StatementSync): StatementSync {
  // Deno has this method, but its types lack it.
  (statement as StatementSync & { setReturnArrays(on: boolean): void }).setReturnArrays(true);
  return statement;
}
