import type { Accepted, Found, SearchBegun, SearchEnded } from "./history.ts";
import type { Room } from "./room.ts";
import { broken, type Violation } from "./violation.ts";

/** A search, with all that it found. */
export interface Search {
  readonly begun: SearchBegun;
  readonly found: Found[];
  /** The notes that had been acknowledged when it began. */
  readonly accepted: readonly Accepted[];
  ended?: SearchEnded;
}

/**
 * Checks one search: it finds each note that had been acknowledged when it began, has the word, and
 * is for the person who searches; each once, newest first, and nothing else.
 */
export function* checkSearch(room: Room, search: Search): Generator<Violation> {
  const { begun, found, accepted, ended } = search;
  const { word, person } = begun;
  let before: Found | undefined;
  for (const note of found) {
    if (before && note.seq >= before.seq) {
      const wrong = note.seq === before.seq ? "repeated" : "out of order";
      const words = `a search found note ${note.seq} after note ${before.seq}`;
      yield broken(11, wrong, words, [begun, before, note]);
    }
    before = note;
    if (!note.text.includes(word)) {
      yield broken(11, "false", `a search found note ${note.seq} without the word`, [begun, note]);
    }
    if (room.mayRead(person, note) === false) {
      const words = `a search found note ${note.seq}, which is private`;
      yield broken(7, "shown", words, [begun, room.posts.get(note.text)!, note]);
    }
  }
  if (!ended || begun.mayLag) return;
  const seqs = new Set(found.map(({ seq }) => seq));
  for (const note of accepted) {
    if (note.seq < ended.searched || seqs.has(note.seq) || !note.text.includes(word)) continue;
    if (room.mayRead(person, note) !== true || room.log && note.seq < room.log.first) continue;
    yield broken(11, "lost", `a search missed note ${note.seq}`, [note, begun, ended]);
  }
}
