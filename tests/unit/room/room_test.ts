import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { type Draft, type Note, toNote } from "../../../room/note.ts";
import type { Appended, Log, ReadLimit } from "../../../room/state/log.ts";
import { Room } from "../../../room/state/room.ts";
import type { Segment } from "../../../room/state/segment.ts";
import { Wakeup } from "../../../room/wakeup.ts";

/** A log that the test controls: it may wait, fail, and forget. */
class TestLog implements Log {
  readonly history = "test";
  readonly origins = new Map([["before", 2]]);
  head = 0;
  first = 1;
  readonly known = 1;
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

  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  hidden(from: number, to: number, reader: string | undefined, most: number): Promise<number[]> {
    const isHidden = (note: Note) => note.kind === "whisper" && note.reader !== reader;
    const seqs = this.notes.slice(from - 1, to - 1).filter(isHidden).map(({ seq }) => seq);
    return Promise.resolve(seqs.reverse().slice(0, most));
  }

  trim(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** A room whose event loop turns are ended by hand. */
async function makeRoom(log = new TestLog()) {
  const deferred: (() => void)[] = [];
  const errors: string[] = [];
  const clock = { now: 42 };
  const room = await Room.open(() => "test", log, {
    now: () => clock.now,
    defer: (task) => deferred.push(task),
    yieldToEventLoop: () => Promise.resolve(),
    onError: (error) => errors.push((error as Error).message),
    maxMembers: 2,
  });
  return { room, log, clock, errors, turn: () => deferred.splice(0).forEach((task) => task()) };
}

const say = (...messages: string[]): Draft[] =>
  messages.map((message) => ({ id: "", name: "ann", message, kind: "said" }));

const messages = (segment: Segment) => segment.notes.map((note) => note.message).join("");

Deno.test("Room.post() appends the drafts of one turn in one batch", async () => {
  const { room, log, turn } = await makeRoom();
  const posts = [room.post(say("a")), room.post(say("b", "c")), room.post(say("d"))];
  assertEquals(log.head, 0);
  turn();
  assertEquals(await Promise.all(posts), [[1], [2, 3], [4]]);
  assertEquals(log.batches, [4]);
});

Deno.test("Room.post() answers once the log has the note, not before, and then wakes the readers", async () => {
  const { room, log, turn } = await makeRoom();
  const stored = Promise.withResolvers<void>();
  log.ready = stored.promise;
  const order: string[] = [];
  const post = room.post(say("a")).then(() => order.push("answered"));
  const reader = room.read(1, new Wakeup(), new AbortController().signal);
  const read = reader.next().then(() => order.push("delivered"));
  turn();
  await Promise.resolve();
  assertEquals([order, room.segmentAt(1)], [[], undefined]);
  stored.resolve();
  await Promise.all([post, read]);
  assertEquals(order, ["answered", "delivered"]);
});

Deno.test("Room.post() collects drafts into the next batch while the log is busy", async () => {
  const { room, log, turn } = await makeRoom();
  const stored = Promise.withResolvers<void>();
  log.ready = stored.promise;
  const first = room.post(say("a"));
  turn();
  const others = [room.post(say("b")), room.post(say("c"))];
  stored.resolve();
  await Promise.all([first, ...others]);
  assertEquals(log.batches, [1, 2]);
});

Deno.test("Room.resume() continues after the last note a reader has seen, or the last common one of two histories", async () => {
  const { room, turn } = await makeRoom();
  const posted = room.post(say("a", "b", "c"));
  turn();
  await posted;
  const resume = (history: string) => [0, 1, 2, 3, 4].map((seq) => room.resume(history, seq));
  assertEquals(resume("test"), [1, 2, 3, 4, 1]);
  assertEquals(resume("before"), [1, 2, 3, 3, 3]);
  assertEquals(resume("other"), [1, 1, 1, 1, 1]);
});

/** A log that other servers append to as well. */
class FollowedLog extends TestLog {
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

Deno.test("Room passes the notes of other servers on to its readers, without reading the log", async () => {
  const log = new FollowedLog();
  const { room, turn } = await makeRoom(log);
  const { signal } = new AbortController();
  const reader = room.read(1, new Wakeup(), signal);
  const first = reader.next();
  await log.appendElsewhere(say("a", "b"), 7);
  assertEquals(messages((await first).value), "ab");
  const post = room.post(say("c"));
  turn();
  assertEquals(await post, [3]);
  assertEquals([messages((await reader.next()).value), log.reads], ["c", []]);
});

Deno.test("Room gives no note an earlier time than one of another server, whose clock may be ahead", async () => {
  const log = new FollowedLog();
  const { room, turn } = await makeRoom(log);
  await log.appendElsewhere(say("a"), 1_000);
  const post = room.post(say("b"));
  turn();
  await post;
  assertEquals(log.notes.map(({ time }) => time), [1_000, 1_000]);
});

Deno.test("Room does not follow other servers once it is closed", async () => {
  const log = new FollowedLog();
  const { room } = await makeRoom(log);
  const following = log.report;
  room.close();
  assertEquals(log.report === following, false);
});

Deno.test("Room.reach() waits for positions of its history that it does not have, and for no others", async () => {
  const log = new FollowedLog();
  const { room } = await makeRoom(log);
  const { signal } = new AbortController();
  await log.appendElsewhere(say("a", "b"), 7);
  for (const [history, seq] of [["test", 2], ["other", 9], ["test", 3]] as const) {
    await room.reach(history, seq, signal);
  }
  assertEquals(log.reached, [3]);
  await (await makeRoom()).room.reach("test", 3, signal); // A log of one server has no others.
});

Deno.test("Room.post() refuses when the log cannot store, and works again when it can", async () => {
  const { room, log, errors, turn } = await makeRoom();
  log.ready = Promise.reject(new Error("disk full"));
  const refused = room.post(say("a"));
  turn();
  const error = await assertRejects(() => refused, ChatError, "could not store");
  assertEquals([error.code, (error.cause as Error).message], ["unavailable", "disk full"]);
  assertEquals(errors, ["The server could not store the note"]);
  log.ready = Promise.resolve();
  const accepted = room.post(say("a"));
  turn();
  assertEquals(await accepted, [1]);
});

Deno.test("Room.post() does not report what the log refuses to its author as an error", async () => {
  const { room, log, errors, turn } = await makeRoom();
  log.ready = Promise.reject(new ChatError("full", "There are too many rooms"));
  const refused = room.post(say("a"));
  turn();
  await assertRejects(() => refused, ChatError, "There are too many rooms");
  assertEquals(errors, []);
});

Deno.test("Room.post() acknowledges the notes that the log has, even when retention fails", async () => {
  const { room, log, errors, turn } = await makeRoom();
  log.trim = () => Promise.reject(new Error("a bad page"));
  const post = room.post(say("a"));
  turn();
  assertEquals(await post, [1]);
  assertEquals(messages(await room.segmentAt(1)!), "a");
  const again = room.post(say("b"));
  turn();
  assertEquals([await again, errors[0]], [[2], "a bad page"]);
});

Deno.test("Room.segmentAt() returns one segment to all readers at the head, without reading the log", async () => {
  const { room, log, turn } = await makeRoom();
  const post = room.post(say("a", "b"));
  turn();
  await post;
  const segment = room.segmentAt(1) as Segment;
  assertEquals([messages(segment), segment === room.segmentAt(1), log.reads], ["ab", true, []]);
  assertEquals(room.segmentAt(3), undefined);
});

Deno.test("Room.segmentAt() reads the log once for all readers that return to one position", async () => {
  const { room, log, turn } = await makeRoom();
  const post = room.post(say("a", "b", "c"));
  turn();
  await post;
  const [one, other] = await Promise.all([room.segmentAt(2), room.segmentAt(2)]);
  assertEquals([messages(one!), one === other, log.reads], ["bc", true, ["2+2"]]);
});

Deno.test("Room.segmentAt() aligns readers from different positions", async () => {
  const { room, log, turn } = await makeRoom();
  for (let i = 0; i < 25; i++) {
    const post = room.post(say(...Array(100).fill("x")));
    turn();
    await post;
  }
  const ends = [];
  for (let next = 50; next < 2_500;) ends.push(next = (await room.segmentAt(next))!.end);
  assertEquals(ends.slice(0, 3), [101, 201, 301]);
  assertEquals(log.reads, ["50+51"], "all but the first are the runs that were written");
});

Deno.test("Room.segmentAt() shows by its start how many notes retention has dropped", async () => {
  const { room, log, turn } = await makeRoom();
  // More than the room caches, so that it must read the log.
  const post = room.post(say(..."abcdefgh"));
  turn();
  await post;
  log.first = 5;
  const segment = (await room.segmentAt(3))!;
  assertEquals([segment.start, messages(segment)], [5, "efgh"]);
  log.first = 9;
  const none = (await room.segmentAt(2))!;
  assertEquals([none.start, none.notes.length], [9, 0]);
});

Deno.test("Room.read() gives a slow reader everything once, in order", async () => {
  const { room, turn } = await makeRoom();
  const reader = room.read(1, new Wakeup(), new AbortController().signal);
  const first = reader.next();
  for (let round = 0; round < 5; round++) {
    const post = room.post(say("x", "y"));
    turn();
    await post;
  }
  const seen = (await first).value.notes.map((note) => note.seq);
  while (seen.length < 10) seen.push(...(await reader.next()).value.notes.map((note) => note.seq));
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("Room.read() ends with the signal's reason, waiting or not", async () => {
  const { room } = await makeRoom();
  const leaving = new AbortController();
  const waiting = room.read(1, new Wakeup(), leaving.signal).next();
  const later = room.read(1, new Wakeup(), leaving.signal);
  leaving.abort(new ChatError("unavailable", "left"));
  await assertRejects(() => waiting, ChatError, "left");
  await assertRejects(() => later.next(), ChatError, "left");
});

Deno.test("Wakeup keeps a notification for the next wait, and merges many into one", async () => {
  const wakeup = new Wakeup();
  const { signal } = new AbortController();
  wakeup.notify();
  wakeup.notify();
  await wakeup.wait(signal);
  let woken = false;
  const waiting = wakeup.wait(signal).then(() => woken = true);
  await Promise.resolve();
  assertEquals(woken, false);
  wakeup.notify();
  await waiting;
});

Deno.test("Room gives no note an earlier time than the previous one, even if the clock goes back", async () => {
  const { room, log, clock, turn } = await makeRoom();
  const times = async (...nows: number[]) => {
    for (clock.now of nows) {
      const post = room.post(say("x"));
      turn();
      await post;
    }
    return log.notes.map((note) => note.time);
  };
  assertEquals(await times(50, 20, 60), [50, 50, 60]);
  const again = await makeRoom(log);
  const post = again.room.post(say("after a restart"));
  again.turn();
  await post;
  assertEquals(log.notes.at(-1)!.time, 60);
});

Deno.test("Room.firstSince() finds the first note at or after a time, or the next position", async () => {
  const { room, log, clock, turn } = await makeRoom();
  assertEquals(await room.firstSince(0), 1);
  for (clock.now of [10, 20, 20, 20, 30, 40, 40]) {
    const post = room.post(say("x"));
    turn();
    await post;
  }
  const all = async (...times: number[]) => {
    const seqs = [];
    for (const time of times) seqs.push(await room.firstSince(time));
    return seqs;
  };
  assertEquals(await all(0, 10, 11, 20, 21, 30, 40, 41), [1, 1, 2, 2, 5, 5, 6, 8]);
  log.first = 4;
  assertEquals(await all(0, 20, 21, 40, 41), [4, 4, 5, 6, 8]);
  log.first = 8;
  assertEquals(await all(0, 41), [8, 8]);
});

Deno.test("Room.firstSince() skips notes that retention drops during the search", async () => {
  const { room, log, turn } = await makeRoom();
  const post = room.post(say(..."abcdefgh"));
  turn();
  await post;
  const read = log.read.bind(log);
  log.read = (from, limit) => {
    log.first = 6;
    return read(from, limit);
  };
  assertEquals(await room.firstSince(0), 6);
});

Deno.test("Room.lag() counts a reader's pending notes, and nothing at a position far beyond the head", async () => {
  const { room, turn } = await makeRoom();
  const posted = room.post(say("a", "b", "c"));
  turn();
  await posted;
  assertEquals([1, 2, 4, 5, 2 ** 53 - 1].map((next) => room.lag(next)), [3, 2, 0, 0, 0]);
});

Deno.test("VisibleNotes.last() and count() skip any number of private notes hidden from a reader", async () => {
  const { room, turn } = await makeRoom();
  const privateNote = { ...say("x")[0]!, kind: "whisper", to: "bob", reader: "guest 1" } as const;
  // More than one lookup covers.
  const drafts = [
    ...say("a", "b"),
    ...Array.from({ length: 2_500 }, () => privateNote),
    ...say("c"),
  ];
  const posted = room.post(drafts);
  turn();
  await posted;
  const starts = [0, 1, 2, 3, 9, 10_000].map((count) => room.visible.last(count, "guest 2"));
  assertEquals(await Promise.all(starts), [2_504, 2_503, 2, 1, 1, 1]);
  assertEquals(await room.visible.last(2, "guest 1"), 2_502);
  const counts = ["guest 2", "guest 1"].map((reader) => room.visible.count(2, 2_504, reader));
  assertEquals(await Promise.all(counts), [2, 2_502]);
});

Deno.test("VisibleNotes.last() and count() look at no more than 10,000 private notes", async () => {
  const { room, turn } = await makeRoom();
  const privateNote = { ...say("x")[0]!, kind: "whisper", to: "bob", reader: "guest 1" } as const;
  const posted = room.post([...say("a"), ...Array.from({ length: 12_000 }, () => privateNote)]);
  turn();
  await posted;
  assertEquals(await room.visible.last(1, "guest 2"), 2_001);
  assertEquals(await room.visible.count(1, 12_002, "guest 2"), undefined);
  assertEquals(await room.visible.count(2_003, 12_002, "guest 2"), 0);
  assertEquals(await room.visible.last(1, "guest 1"), 12_001);
  assertEquals(await room.visible.count(1, 12_002, "guest 1"), 12_001);
});
