import type { Log } from "./log.ts";

/**
 * Finds the position of the first note of the time `time` or later, or of the next note if there is
 * none.
 */
export async function firstSince(log: Log, time: number): Promise<number> {
  let low = log.first;
  let high = log.head + 1;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const [note] = await log.read(middle, { notes: 1, chars: 1 });
    if (note && note.time < time) low = note.seq + 1;
    else high = middle;
    low = Math.max(low, log.first); // Retention may drop notes during the search.
  }
  return low;
}
