import type { Entry } from "../engine.ts";
import { isCount, objectOf } from "../shape.ts";

/** The bytes of an entry that are left for the head of a part, and what an engine adds. */
const HEAD_BYTES = 4_096;

/** What a part of a stored value begins with, in a line of its own. */
interface Head {
  readonly part: number;
  readonly parts: number;
}

const isHead = objectOf({ part: isCount, parts: isCount });

/** Encodes a value as JSON in parts, each of which fits into an entry. */
export function encodeParts(value: unknown, maxEntryBytes: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const size = maxEntryBytes - HEAD_BYTES;
  const parts = Math.ceil(bytes.length / size);
  return Array.from({ length: parts }, (_, part) => {
    const head = new TextEncoder().encode(`${JSON.stringify({ part, parts })}\n`);
    return concat([head, bytes.subarray(part * size, (part + 1) * size)]);
  });
}

/** A value that was stored in parts. */
export interface StoredValue {
  /** The position of its first part. */
  readonly seq: number;
  /** The value, which may be anything. */
  readonly value: unknown;
}

/**
 * Decodes the newest value that is complete; undefined if there is none. What is no part, or does
 * not follow the one before, is passed over.
 */
export function decodeParts(entries: readonly Entry[]): StoredValue | undefined {
  let found: Uint8Array[] = [];
  let seq = 0;
  let newest: StoredValue | undefined;
  for (const entry of entries) {
    const end = entry.data.indexOf(10);
    const head = tryParse(entry.data.subarray(0, end));
    if (!isHead(head)) continue;
    const { part, parts } = head as Head;
    if (part === 0) [found, seq] = [[], entry.seq];
    if (part !== found.length) continue;
    found.push(entry.data.subarray(end + 1));
    const value = found.length === parts ? tryParse(concat(found)) : undefined;
    if (value !== undefined) newest = { seq, value };
  }
  return newest;
}

function tryParse(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined; // The caller passes it over.
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
