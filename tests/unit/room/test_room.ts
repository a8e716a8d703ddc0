import { type Draft, type Note, toNote } from "../../../room/note.ts";
import type { Appended, Log, ReadLimit } from "../../../room/state/log.ts";
import { Room, type RoomObserver } from "../../../room/state/room.ts";
import type { Segment } from "../../../room/state/segment.ts";

/** A log that the test controls: it may wait, fail, and forget. */
export class TestLog implements Log {
  readonly history = "test";
  readonly origins = new Map([["before", 2]]);
  head = 0;
  first = 1;
  known = 1;
  readonly notes: Note[] = [];
  readonly batches: number[] = [];
  readonly reads: string[] = [];
  /** Awaited before each append. */
  ready: Promise<void> = Promise.resolve();

  async append(drafts: readonly Draft[], time: number): Promise<Appended> {
    await this.ready;
    this.batches.push(drafts.length);
    const notes = drafts.map((draft) => toNote(draft, ++this.head, time));
    this.notes.push(...notes);
    return { seqs: notes.map((note) => note.seq), notes };
  }

  read(from: number, limit: ReadLimit): Promise<Note[]> {
    const start = Math.max(from, this.first);
    const notes = this.notes.slice(start - 1, start - 1 + limit.notes);
    this.reads.push(`${from}+${notes.length}`);
    return Promise.resolve(notes);
  }

  find(): Promise<number | undefined> {
    return Promise.resolve(undefined);
  }

  hidden(from: number, to: number, reader: string | undefined, most: number): Promise<number[]> {
    const isHidden = (note: Note) => note.kind === "whisper" && note.reader !== reader;
    const seqs = this.notes.slice(from - 1, to - 1).filter(isHidden).map(({ seq }) => seq);
    return Promise.resolve(seqs.reverse().slice(0, most));
  }

  trim(_now: number, _most: number): Promise<number> {
    return Promise.resolve(0);
  }
}

/** A room whose event loop turns are ended by hand. */
export async function makeRoom(log = new TestLog(), observer?: RoomObserver) {
  const deferred: (() => void)[] = [];
  const errors: string[] = [];
  const clock = { now: 42 };
  const yields = { count: 0 };
  const room = await Room.open(() => "test", log, {
    now: () => clock.now,
    defer: (task) => deferred.push(task),
    yieldToEventLoop: () => {
      yields.count++;
      return Promise.resolve();
    },
    onError: (error) => errors.push((error as Error).message),
    maxMembers: 2,
    observer,
  });
  return {
    room,
    log,
    clock,
    errors,
    yields,
    turn: () => deferred.splice(0).forEach((task) => task()),
  };
}

/** Drafts of ann, one for each message. */
export const say = (...messages: string[]): Draft[] =>
  messages.map((message) => ({ id: "", name: "ann", message, kind: "said" }));

/** The messages of a segment. */
export const messages = (segment: Segment) => segment.notes.map((note) => note.message).join("");

/** A log that other servers append to as well. */
export class FollowedLog extends TestLog {
  readonly reached: number[] = [];
  /** Reports notes; replaced once the room follows. */
  report: (notes: readonly Note[]) => void = () => {};

  follow(onNotes: (notes: readonly Note[]) => void): Disposable {
    this.report = onNotes;
    return { [Symbol.dispose]: () => this.report = () => {} };
  }

  reach(seq: number): Promise<void> {
    this.reached.push(seq);
    return Promise.resolve();
  }

  /** Appends notes as another server does. */
  async appendElsewhere(drafts: readonly Draft[], time: number): Promise<void> {
    this.report((await this.append(drafts, time)).notes);
  }
}
