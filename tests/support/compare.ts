/**
 * Checks a room: does it contain everything that was posted, once, and in order?
 *
 * @module
 */

import type { ShownNote } from "../../client/chat.ts";

/** One client's posts, and how it followed the room. */
export interface ClientRecord {
  /** The client's name. */
  readonly name: string;
  /** Its posts, in order, all different. */
  readonly said: readonly string[];
  /** The acknowledged ones among them, with the positions in the answers. */
  readonly acked: ReadonlyMap<string, number>;
  /** Those that were refused, although they may have been stored, with the reasons. */
  readonly refused: ReadonlyMap<string, string>;
  /** The number of notes it asked to start with. */
  readonly last: number;
  /** The least number of notes that existed when it asked. */
  readonly headWhenAsked: number;
  /** The position of the first note that it received; `NaN` if it received none. */
  readonly first: number;
}

/**
 * Compares the contents of a room, by position from 1 on, with the posts of all clients, and
 * returns the differences.
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
    author.places.set(note!.message, place ?? seq);
    author.latest = Math.max(author.latest, number);
  }
  for (const { name, said, acked, refused, last, headWhenAsked, first } of accounts) {
    const { places } = authors.get(name)!;
    for (const message of said) {
      if (refused.has(message)) continue;
      const what = `"${messageNumber(message)}" of ${name}`;
      const [answer, place] = [acked.get(message), places.get(message)];
      if (answer === undefined) problems.push(`${what} was not acknowledged`);
      else if (place === undefined) problems.push(`${what} was acknowledged and is lost`);
      else if (place !== answer) {
        problems.push(`${what} was acknowledged as note ${answer} and is note ${place}`);
      }
    }
    // The head at the time of the join is unknown, but it lies between the last note seen before
    // the request and the client's first post.
    const earliest = headWhenAsked - last + 1;
    const firstPlace = said.map((message) => places.get(message)).find((place) => place);
    const latest = Math.max(1, (firstPlace ?? Infinity) - last);
    if (!(first >= earliest && first <= latest)) {
      const got = Number.isNaN(first) ? "none" : `them from ${first} on`;
      problems.push(`${name} asked for the last ${last} and got ${got}`);
    }
  }
  return problems;
}

/** The start of a message, long enough to identify it. */
export function messageNumber(message: string): string {
  return message.split(" ")[0]!;
}

/** Reports problems of one kind once, with the number of further ones. */
export function summarize(problems: readonly string[]): string[] {
  const kinds = Map.groupBy(problems, (problem) => problem.replace(/\d+/g, "0"));
  return Array.from(kinds.values(), ([first, ...more]) => {
    return more.length > 0 ? `${first}; and ${more.length} more such` : first!;
  });
}
