import { assert, assertEquals, assertRejects } from "@std/assert";
import { Bell } from "../room/bell.ts";
import { ChatError } from "../room/errors.ts";
import type { Appended, Log, ReadLimit } from "../room/log.ts";
import type { Draft, Note } from "../room/note.ts";
import { Room } from "../room/room.ts";
import { Roster } from "../room/roster.ts";
import { endOf, type Run } from "../room/runs.ts";

/** A log that does what it is told: it may wait, fail, and forget. */
class TestLog implements Log {
  readonly history = "test";
  head = 0;
  first = 1;
  readonly notes: Note[] = [];
  readonly batches: number[] = [];
  readonly reads: string[] = [];
  /** Awaited before each append. */
  ready: Promise<void> = Promise.resolve();

  async append(drafts: readonly Draft[], time: number): Promise<Appended> {
    await this.ready;
    this.batches.push(drafts.length);
    const notes = drafts.map(({ name, message, kind }) => (
      { seq: ++this.head, time, name, message, kind }
    ));
    this.notes.push(...notes);
    return { seqs: notes.map((note) => note.seq), notes };
  }

  read(from: number, limit: ReadLimit): Promise<Note[]> {
    const start = Math.max(from, this.first);
    const notes = this.notes.slice(start - 1, start - 1 + limit.notes);
    this.reads.push(`${from}+${notes.length}`);
    return Promise.resolve(notes);
  }

  trim(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** A room whose turns of the event loop are ended by hand. */
function makeRoom(log = new TestLog()) {
  const deferred: (() => void)[] = [];
  const errors: string[] = [];
  const room = new Room("test", log, {
    now: () => 42,
    defer: (task) => deferred.push(task),
    rest: () => Promise.resolve(),
    onError: (error) => errors.push((error as Error).message),
    maxMembers: 2,
  });
  return { room, log, errors, turn: () => deferred.splice(0).forEach((task) => task()) };
}

const say = (...messages: string[]): Draft[] =>
  messages.map((message) => ({ id: "", name: "ann", message, kind: "said" }));

const messages = (run: Run) => run.notes.map((note) => note.message).join("");

Deno.test("Room.post() appends the drafts of one turn in one batch", async () => {
  const { room, log, turn } = makeRoom();
  const posts = [room.post(say("a")), room.post(say("b", "c")), room.post(say("d"))];
  assertEquals(log.head, 0);
  turn();
  assertEquals(await Promise.all(posts), [[1], [2, 3], [4]]);
  assertEquals(log.batches, [4]);
});

Deno.test("Room.post() answers once the log has the note, not before, and then wakes the readers", async () => {
  const { room, log, turn } = makeRoom();
  const stored = Promise.withResolvers<void>();
  log.ready = stored.promise;
  const order: string[] = [];
  const post = room.post(say("a")).then(() => order.push("answered"));
  const reader = room.read(1, new Bell(), new AbortController().signal);
  const read = reader.next().then(() => order.push("delivered"));
  turn();
  await Promise.resolve();
  assertEquals([order, room.take(1)], [[], undefined]);
  stored.resolve();
  await Promise.all([post, read]);
  assertEquals(order, ["answered", "delivered"]);
});

Deno.test("Room.post() collects what comes while the log is busy into the next batch", async () => {
  const { room, log, turn } = makeRoom();
  const stored = Promise.withResolvers<void>();
  log.ready = stored.promise;
  const first = room.post(say("a"));
  turn();
  const others = [room.post(say("b")), room.post(say("c"))];
  stored.resolve();
  await Promise.all([first, ...others]);
  assertEquals(log.batches, [1, 2]);
});

Deno.test("Room.post() refuses when the log cannot store, and goes on when it can again", async () => {
  const { room, log, errors, turn } = makeRoom();
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

Deno.test("Room.post() answers for what the log has, also when retention fails", async () => {
  const { room, log, errors, turn } = makeRoom();
  log.trim = () => Promise.reject(new Error("a bad page"));
  const post = room.post(say("a"));
  turn();
  assertEquals(await post, [1]);
  assertEquals(messages(await room.take(1)!), "a");
  const again = room.post(say("b"));
  turn();
  assertEquals([await again, errors[0]], [[2], "a bad page"]);
});

Deno.test("Room.take() gives the same run to all at the head, without reading the log", async () => {
  const { room, log, turn } = makeRoom();
  const post = room.post(say("a", "b"));
  turn();
  await post;
  const run = room.take(1) as Run;
  assertEquals([messages(run), run === room.take(1), log.reads], ["ab", true, []]);
  assertEquals(room.take(3), undefined);
});

Deno.test("Room.take() reads the log once for all who come back at the same place", async () => {
  const { room, log, turn } = makeRoom();
  const post = room.post(say("a", "b", "c"));
  turn();
  await post;
  const [one, other] = await Promise.all([room.take(2), room.take(2)]);
  assertEquals([messages(one!), one === other, log.reads], ["bc", true, ["2+2"]]);
});

Deno.test("Room.take() brings readers from different places into step", async () => {
  const { room, log, turn } = makeRoom();
  for (let i = 0; i < 25; i++) {
    const post = room.post(say(...Array(100).fill("x")));
    turn();
    await post;
  }
  const ends = [];
  for (let next = 50; next < 2_500;) ends.push(next = endOf((await room.take(next))!));
  assertEquals(ends.slice(0, 3), [101, 201, 301]);
  assertEquals(log.reads, ["50+51"], "all but the first are the runs that were written");
});

Deno.test("Room.take() says by its start how many notes retention has dropped", async () => {
  const { room, log, turn } = makeRoom();
  // More than the room keeps at hand, so that it has to look into the log.
  const post = room.post(say(..."abcdefgh"));
  turn();
  await post;
  log.first = 5;
  const run = (await room.take(3))!;
  assertEquals([run.start, messages(run)], [5, "efgh"]);
  log.first = 9;
  const none = (await room.take(2))!;
  assertEquals([none.start, none.notes.length], [9, 0]);
});

Deno.test("Room.read() gives a slow reader everything once, in order", async () => {
  const { room, turn } = makeRoom();
  const reader = room.read(1, new Bell(), new AbortController().signal);
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
  const { room } = makeRoom();
  const leaving = new AbortController();
  const waiting = room.read(1, new Bell(), leaving.signal).next();
  const later = room.read(1, new Bell(), leaving.signal);
  leaving.abort(new ChatError("unavailable", "left"));
  await assertRejects(() => waiting, ChatError, "left");
  await assertRejects(() => later.next(), ChatError, "left");
});

Deno.test("Bell keeps a ring for the next wait, and many are one", async () => {
  const bell = new Bell();
  const { signal } = new AbortController();
  bell.ring();
  bell.ring();
  await bell.wait(signal);
  let woken = false;
  const waiting = bell.wait(signal).then(() => woken = true);
  await Promise.resolve();
  assertEquals(woken, false);
  bell.ring();
  await waiting;
});

function member(name: string, client = name, attempt = 0) {
  const ended: string[] = [];
  return { name, client, attempt, ended, end: (reason: ChatError) => void ended.push(reason.code) };
}

Deno.test("Roster keeps names unique, whatever their case and spelling", () => {
  const roster = new Roster(10, () => {});
  roster.join(member("Straße"));
  for (const name of ["straße", "STRASSE", "Ｓｔｒａße"]) {
    try {
      roster.join(member(name));
      assert(false, `${name} was let in`);
    } catch (error) {
      assertEquals((error as ChatError).message, `Name "${name}" is taken`);
    }
  }
  assertEquals(roster.names(), ["Straße"]);
});

Deno.test("Roster lets the same client take over its own place, without a coming and going", () => {
  const roster = new Roster(10, () => {});
  const ghost = member("ann", "secret");
  let again = member("ann", "secret");
  roster.join(ghost);
  roster.join(again);
  assertEquals([ghost.ended, again.ended, roster.names()], [["replaced"], [], ["ann"]]);
  roster.join(member("ann", "secret", 2));
  try {
    roster.join(member("ann", "secret", 1));
    assert(false, "a join that was long on its way took the place of a later one");
  } catch (error) {
    assertEquals((error as ChatError).code, "replaced");
  }
  roster.join(again = member("ann", "secret", 2));
  roster.leave(ghost, "replaced");
  assertEquals([roster.names(), roster.version], [["ann"], 1]);
  roster.leave(again, "left");
  assertEquals(roster.names(), []);
});

Deno.test("Roster tells what has changed, or that it was too long ago to tell", () => {
  const roster = new Roster(10, () => {});
  const ann = member("ann");
  roster.join(ann);
  const { version } = roster;
  roster.join(member("bob"));
  roster.leave(ann, "left");
  assertEquals(roster.changesSince(version), [
    { name: "bob", joined: true, reason: "" },
    { name: "ann", joined: false, reason: "left" },
  ]);
  assertEquals(roster.changesSince(roster.version), []);
  for (let i = 0; i < 200; i++) {
    roster.join(ann);
    roster.leave(ann, "left");
  }
  assertEquals(roster.changesSince(version), undefined);
});

Deno.test("Roster bounds the members", () => {
  const roster = new Roster(1, () => {});
  roster.join(member("ann"));
  try {
    roster.join(member("bob"));
    assert(false, "bob was let in");
  } catch (error) {
    assertEquals((error as ChatError).message, "The room is full: it has 1 members");
  }
});
