import { checkReader, type Reader, type ReaderEvent } from "./check_reader.ts";
import { checkMutes } from "./check_mutes.ts";
import { checkSearch, type Search } from "./check_searches.ts";
import { checkTopics, type TopicEvent } from "./check_topics.ts";
import type { Accepted, Happening, Received } from "./history.ts";
import { Room } from "./room.ts";
import type { Violation } from "./violation.ts";

/**
 * Checks a history against the promises of this chat, and returns what breaks one, each with the
 * fewest events that prove it. An empty list proves that all were kept in that history:
 *
 * 1. Every reader of a room sees the same notes in the same order, each once, without a gap from
 *    where it started to where it left; notes of one author come in the order of the posts, and
 *    times never go back. Only private notes of others are skipped.
 * 2. Whatever was acknowledged, or seen by anybody, is in the log, at the same position. Every post
 *    gets its answer, unless its author is gone for good; what was refused is not in the log.
 * 3. Nothing is in the log twice, however often it was sent; and only what somebody posted.
 * 4. If retention has dropped notes, the reader is told how many, at their place. Nothing else may
 *    be missing, cut connections or not.
 * 7. A private note reaches its author and its recipient, and nobody else, live or from history, and
 *    is counted for nobody else.
 * 8. Only a chat server ends a client, and no chat server does here.
 *
 * And what other pages promise:
 *
 * 9. The topic that was acknowledged last is the topic of its room. Nobody sees one again that
 *    another has replaced, and only operators set a locked one.
 * 10. Nothing is accepted that a person posts while they are muted.
 * 11. A search finds each acknowledged note that its reader may see, once, newest first.
 *
 * Promise 5 (bounds) and promise 6 (what is typed cannot drive a terminal) have tests of their own.
 */
export function checkHistory(history: readonly Happening[]): Violation[] {
  const rooms = new Map<string, Room>();
  const readers = new Map<string, Reader & { readonly events: ReaderEvent[] }>();
  const owners = new Map<string, string>();
  const gone = new Set<string>();
  const topics = new Map<string, TopicEvent[]>();
  const searches = new Map<string, Search>();
  /** The newest note of each room that anybody had. */
  const newest = new Map<string, Accepted | Received>();
  const violations: Violation[] = [];
  const room = (name: string) => {
    const known = rooms.get(name) ?? new Room(owners, gone);
    rooms.set(name, known);
    return known;
  };
  const note = (event: Accepted | Received) => {
    const known = newest.get(event.room);
    if (!known || event.seq > known.seq) newest.set(event.room, event);
  };
  for (const event of history) {
    switch (event.type) {
      case "named":
        owners.set(event.name, event.person);
        break;
      case "vanished":
        gone.add(event.person);
        break;
      case "posted":
        room(event.room).posts.set(event.text, event);
        break;
      case "accepted":
        room(event.room).answers.push(event);
        note(event);
        break;
      case "refused":
        room(event.room).answers.push(event);
        break;
      case "opened":
        readers.set(event.reader, {
          ...{ opened: event, events: [] },
          newest: event.mayLag ? undefined : newest.get(event.room),
        });
        break;
      case "received":
        room(event.room).add(event);
        note(event);
        readers.get(event.reader)?.events.push(event);
        break;
      case "announced":
      case "told lost":
      case "closed":
        readers.get(event.reader)?.events.push(event);
        break;
      case "ended":
        violations.push({
          promise: 8,
          wrong: "ended",
          words: `the chat of ${event.reader} was ended: ${event.reason}`,
          history: [event],
        });
        break;
      case "logged":
        room(event.room).add(event);
        break;
      case "log read":
        room(event.room).log = event;
        break;
      case "topic asked":
      case "topic set":
      case "topic refused":
      case "topic seen":
      case "topic logged":
      case "topic locked":
      case "unlocking topic":
        topics.set(event.room, topics.get(event.room) ?? []);
        topics.get(event.room)!.push(event);
        break;
      case "search": {
        const { answers } = room(event.room);
        const accepted = answers.filter((answer) => answer.type === "accepted");
        searches.set(event.search, { begun: event, found: [], accepted });
        break;
      }
      case "found":
        room(event.room).add(event);
        searches.get(event.search)?.found.push(event);
        break;
      case "search ended": {
        const search = searches.get(event.search);
        if (search) search.ended = event;
      }
    }
  }
  for (const each of rooms.values()) violations.push(...each.check());
  for (const events of topics.values()) violations.push(...checkTopics(events));
  violations.push(...checkMutes(history));
  for (const search of searches.values()) {
    violations.push(...checkSearch(room(search.begun.room), search));
  }
  for (const reader of readers.values()) {
    violations.push(...checkReader(room(reader.opened.room), reader));
  }
  return inOrderOf(history, violations);
}

/** Puts the events of each violation in the order in which they happened. */
function inOrderOf(history: readonly Happening[], violations: readonly Violation[]): Violation[] {
  if (violations.length === 0) return [];
  const places = new Map(history.map((event, index) => [event, index]));
  const sorted = (events: readonly Happening[]) =>
    events.toSorted((a, b) => places.get(a)! - places.get(b)!);
  return violations.map((violation) => ({ ...violation, history: sorted(violation.history) }));
}
