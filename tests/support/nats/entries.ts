import type { Entry, Journal } from "../../../server/cluster/engine.ts";

/** Returns a text as the data of an entry. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Returns the texts of entries. */
export function textsOf(entries: readonly Entry[]): string[] {
  return entries.map(({ data }) => new TextDecoder().decode(data));
}

/** Collects the entries that a journal passes on from now on. */
export function collect(journal: Journal, key?: string): Entry[] {
  const entries: Entry[] = [];
  journal.listen((entry) => entries.push(entry), key);
  return entries;
}

/** Appends texts to a key, one after the other, and returns the position of the last one. */
export async function appendAll(
  journal: Journal,
  key: string,
  texts: readonly string[],
): Promise<number> {
  let last = 0;
  for (const text of texts) last = await journal.append(key, encode(text));
  return last;
}
