import type { Accepted, Announced, Closed, Happening, Opened, Received } from "./history.ts";
import type { Evidence, Room } from "./room.ts";
import { broken, type Violation } from "./violation.ts";

/** A reader, with all that happened to it. */
export interface Reader {
  readonly opened: Opened;
  readonly events: readonly ReaderEvent[];
  /** The newest note that anybody had when it was opened, if its server must have it. */
  readonly newest?: Accepted | Received | undefined;
}

/** What happens to a reader. */
export type ReaderEvent = Extract<Happening, { readonly reader: string }>;

/** Checks the transcript of one reader against what is known about the room. */
export function* checkReader(room: Room, reader: Reader): Generator<Violation> {
  const { opened, events } = reader;
  const { person } = opened;
  const first = events.find((event) => event.type === "announced");
  if (first) yield* checkStart(room, reader, first);
  let before: Received | Opened | Announced | undefined = opened.after === undefined
    ? undefined
    : opened;
  let at = opened.after ?? NaN;
  let told = 0;
  for (const event of events) {
    if (event.type === "told lost") told += event.count;
    if (event.type === "announced") {
      yield* checkAnnounced(room, event, person);
      if (Number.isNaN(at)) [at, before] = [event.from - 1, event];
    }
    if (event.type === "received") {
      yield* checkReceived(room, event, person);
      if (event.seq <= at) {
        const wrong = before?.type === "received" && before.seq === event.seq
          ? "repeated"
          : "out of order";
        const words = `${event.reader} received note ${event.seq} after note ${at}`;
        yield broken(1, wrong, words, before ? [before, event] : [event]);
      } else {
        yield* checkSkipped(room, { opened, from: at + 1, to: event.seq, told, before, event });
      }
      [at, told, before] = [event.seq, 0, event];
    }
    if (event.type === "closed" && event.head !== undefined) {
      const to = event.head + 1;
      yield* checkSkipped(room, { opened, from: at + 1, to, told, before, event });
    }
  }
}

/** What a reader is told first: the newest notes, as many as it asked for. */
function* checkStart(
  room: Room,
  { opened, newest }: Reader,
  event: Announced,
): Generator<Violation> {
  const { head, count, reader } = event;
  if (newest && newest.seq > head) {
    const words = `${reader} was told that note ${head} is the newest`;
    yield broken(1, "lost", words, [newest, opened, event]);
  }
  const { last, person } = opened;
  if (last === undefined) return;
  const from = room.log?.first ?? 1;
  const visible = countVisible(room, person, { from, head });
  if (!visible) return;
  // Notes that came while it joined may follow the newest ones.
  const before = opened.mayLag ? 0 : countVisible(room, person, { from, head: newest?.seq ?? 0 });
  const came = before ? visible.count - before.count : visible.count;
  if (count >= Math.min(last, visible.count) && count <= last + came) return;
  const words =
    `${reader} asked for the newest ${last} of ${visible.count} notes, and got ${count}`;
  yield broken(1, "false", words, [opened, event]);
}

/** Counts the notes that a person may see; undefined if not all are known. */
function countVisible(
  room: Room,
  person: string | undefined,
  { from, head }: { readonly from: number; readonly head: number },
): { readonly count: number; readonly hidden: readonly Evidence[] } | undefined {
  let count = 0;
  const hidden: Evidence[] = [];
  for (let seq = from; seq <= head; seq++) {
    const note = room.noteAt(seq);
    const may = room.mayRead(person, note);
    if (may === undefined) return undefined;
    if (may) count++;
    else hidden.push(note!);
  }
  return { count, hidden };
}

function* checkReceived(
  room: Room,
  event: Received,
  person: string | undefined,
): Generator<Violation> {
  const post = room.posts.get(event.text);
  if (post && room.mayRead(person, event) === false) {
    const words = `${event.reader} received a private note between ${post.person} and ${post.to}`;
    yield broken(7, "shown", words, [post, event]);
  }
}

function* checkAnnounced(
  room: Room,
  event: Announced,
  person: string | undefined,
): Generator<Violation> {
  const visible = countVisible(room, person, event);
  if (!visible || visible.count === event.count) return;
  const { count, hidden } = visible;
  const words = `${event.reader} was promised ${event.count} notes, and may see ${count}`;
  const isShown = event.count > count && hidden.length > 0;
  yield broken(7, isShown ? "shown" : "false", words, [...hidden.slice(0, 1), event]);
}

/** What lies between two notes that a reader received one after the other. */
function* checkSkipped(room: Room, skipped: Skipped): Generator<Violation> {
  const { opened: { person, reader }, from, to, told, before, event } = skipped;
  let unknown = 0;
  const missed: (Accepted | Evidence)[] = [];
  for (let seq = from; seq < to; seq++) {
    const proof = room.proof(seq);
    const may = room.mayRead(person, proof);
    if (may === undefined) unknown++;
    else if (may) missed.push(proof!);
  }
  if (told >= missed.length && told <= missed.length + unknown) return;
  const around = before ? [before] : [];
  if (told === 0) {
    const [proof] = missed;
    const words = `${reader} never received note ${proof!.seq}`;
    yield broken(1, "lost", words, [...around, proof!, event]);
  } else {
    const words = `${reader} was told that ${told} notes are gone, and missed ${missed.length}`;
    yield broken(4, "false", words, [...around, event]);
  }
}

interface Skipped {
  readonly opened: Opened;
  /** The first position that is not there. */
  readonly from: number;
  /** The first one after it that is. */
  readonly to: number;
  /** The number of notes that the reader was told of. */
  readonly told: number;
  readonly before: Received | Opened | Announced | undefined;
  readonly event: Received | Closed;
}
