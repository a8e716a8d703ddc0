/**
 * Judges a room: is what everybody has said there, once, and in order?
 *
 * @module
 */

import type { ShownNote } from "../../client/chat.ts";

/** What somebody has said, and how they followed the room. */
export interface ClientRecord {
  /** Their name. */
  readonly name: string;
  /** What they said, in order; no two are the same. */
  readonly said: readonly string[];
  /** What of it was acknowledged. */
  readonly acked: ReadonlySet<string>;
  /** With how many notes they asked to start. */
  readonly last: number;
  /** How many notes there were, at least, when they asked. */
  readonly headWhenAsked: number;
  /** The position of the first note that they got. */
  readonly first: number;
}

/**
 * Compares what is in a room, by position from 1 on, with what everybody has said, and
 * returns what is wrong.
 */
export function compare(
  book: readonly (Pick<ShownNote, "name" | "message"> | undefined)[],
  accounts: readonly ClientRecord[],
): string[] {
  const problems: string[] = [];
  const authors = new Map(accounts.map(({ name, said }) => [name, {
    numbers: new Map(said.map((message, number) => [message, number])),
    places: new Map<string, number>(),
    latest: -1,
  }]));
  for (let seq = 1; seq < book.length; seq++) {
    const note = book[seq];
    const author = note && authors.get(note.name);
    const number = author?.numbers.get(note!.message);
    if (!author || number === undefined) {
      problems.push(note ? `${note.name} never said note ${seq}` : `nobody saw note ${seq}`);
      continue;
    }
    const what = `"${messageNumber(note!.message)}" of ${note!.name}`;
    const place = author.places.get(note!.message);
    if (place !== undefined) problems.push(`${what} is there twice: ${place} and ${seq}`);
    else if (number < author.latest) problems.push(`${what} is out of order at ${seq}`);
    author.places.set(note!.message, seq);
    author.latest = Math.max(author.latest, number);
  }
  for (const { name, said, acked, last, headWhenAsked, first } of accounts) {
    const { places } = authors.get(name)!;
    for (const message of said) {
      const what = `"${messageNumber(message)}" of ${name}`;
      if (!acked.has(message)) problems.push(`${what} was not acknowledged`);
      else if (!places.has(message)) problems.push(`${what} was acknowledged and is lost`);
    }
    // The head when they were let in is not known, but it lies between what had been seen
    // before they asked, and the first thing they said.
    const earliest = headWhenAsked - last + 1;
    const latest = Math.max(1, (places.get(said[0]!) ?? Infinity) - last);
    if (!(first >= earliest && first <= latest)) {
      problems.push(`${name} asked for the last ${last} and got them from ${first} on`);
    }
  }
  return problems;
}

/** What a message begins with; enough to know it by. */
export function messageNumber(message: string): string {
  return message.split(" ")[0]!;
}

/** Tells problems of a kind once, and how many more of it there are. */
export function summarize(problems: readonly string[]): string[] {
  const kinds = Map.groupBy(problems, (problem) => problem.replace(/\d+/g, "0"));
  return Array.from(kinds.values(), ([first, ...more]) => {
    return more.length > 0 ? `${first}; and ${more.length} more such` : first!;
  });
}
