import type { Entry } from "../engine.ts";

/** The bytes of an entry that are left for the head of a part, and what an engine adds. */
const HEAD_BYTES = 4_096;

/** What a part of a stored value begins with, in a line of its own. */
interface Head {
  readonly part: number;
  readonly parts: number;
}

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

/** Decodes the newest value that is complete; undefined if there is none. */
export function decodeParts<T>(entries: readonly Entry[]): T | undefined {
  let found: Uint8Array[] = [];
  let newest: Uint8Array[] | undefined;
  for (const { data } of entries) {
    const end = data.indexOf(10);
    const { part, parts }: Head = JSON.parse(new TextDecoder().decode(data.subarray(0, end)));
    if (part === 0) found = [];
    found.push(data.subarray(end + 1));
    if (found.length === parts && part === parts - 1) newest = found;
  }
  return newest && JSON.parse(new TextDecoder().decode(concat(newest)));
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
