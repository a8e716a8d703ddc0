import type { Accepted, Announced, Closed, Happening, Opened, Received } from "./history.ts";
import type { Evidence, Room } from "./room.ts";
import { broken, type Violation } from "./violation.ts";

/** A reader, with all that happened to it. */
export interface Reader {
  readonly opened: Opened;
  readonly events: readonly ReaderEvent[];
}

/** What happens to a reader. */
export type ReaderEvent = Extract<Happening, { readonly reader: string }>;

/** Checks the transcript of one reader against what is known about the room. */
export function* checkReader(room: Room, { opened, events }: Reader): Generator<Violation> {
  const { person } = opened;
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
  const { from, head, count } = event;
  let visible = 0;
  const hidden: Evidence[] = [];
  for (let seq = from; seq <= head; seq++) {
    const note = room.noteAt(seq);
    const may = room.mayRead(person, note);
    if (may === undefined) return; // It is not known what was there.
    if (may) visible++;
    else hidden.push(note!);
  }
  if (visible === count) return;
  const words = `${event.reader} was promised ${count} notes, and may see ${visible}`;
  const isShown = count > visible && hidden.length > 0;
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
