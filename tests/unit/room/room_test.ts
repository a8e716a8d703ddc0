import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Draft } from "../../../room/note.ts";
import { NoteQuery } from "../../../room/search/note_query.ts";
import { NO_TOPIC } from "../../../room/topic.ts";
import { Wakeup, Wakeups } from "../../../room/wakeup.ts";
import { FollowedLog, makeRoom, messages, say, TestLog } from "./test_room.ts";

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
  await new Promise((resolve) => setTimeout(resolve)); // It waits for its wakeup.
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

Deno.test("Room gives no note an earlier time than the only one of an earlier run", async () => {
  const { room, log, clock, turn } = await makeRoom();
  clock.now = 50;
  const first = room.post(say("x"));
  turn();
  await first;
  const again = await makeRoom(log);
  const second = again.room.post(say("after a restart"));
  again.turn();
  await second;
  assertEquals(log.notes.map(({ time }) => time), [50, 50]);
});

Deno.test("Wakeup ends a wait with the signal's reason, and Wakeups notify nobody who has left", async () => {
  const wakeup = new Wakeup();
  const leaving = new AbortController();
  const waiting = wakeup.wait(leaving.signal);
  leaving.abort(new RangeError("left"));
  await assertRejects(() => waiting, RangeError, "left");
  const wakeups = new Wakeups();
  const counts = [0, 0];
  const counting = (i: number) => Object.assign(new Wakeup(), { notify: () => counts[i]!++ });
  const first = wakeups.add(counting(0));
  wakeups.add(counting(1));
  wakeups.notify();
  first[Symbol.dispose]();
  wakeups.notify();
  assertEquals(counts, [1, 2]);
});

Deno.test("Room wakes everybody once a turn for joins, leaves and topics, and not for the same topic", async () => {
  const { room, turn } = await makeRoom();
  let wakes = 0;
  room.subscribe(Object.assign(new Wakeup(), { notify: () => wakes++ }));
  const wakesAfter = (change: () => void) => {
    change();
    assertEquals(wakes, 0);
    turn();
    const count = wakes;
    wakes = 0;
    return count;
  };
  const [ann, bob] = ["ann", "bob"].map((name) => ({
    ...{ name, client: name, attempt: 0, unlisted: false, end: () => {} },
  }));
  const { signal } = new AbortController();
  assertEquals(wakesAfter(() => [ann!, bob!].forEach((each) => void room.enter(each, signal))), 1);
  assertEquals(room.roster.size, 2);
  assertEquals(wakesAfter(() => void room.roster.leave(ann!, "left")), 1);
  const topic = { ...NO_TOPIC, text: "tea" };
  assertEquals(wakesAfter(() => room.announce(topic)), 1);
  assertEquals(room.topic, topic);
  assertEquals(wakesAfter(() => room.announce(topic)), 0);
  const unlisted = { ...ann!, unlisted: true };
  assertEquals(wakesAfter(() => void room.enter(unlisted, signal)), 0);
  assertEquals(room.roster.size, 1);
});

Deno.test("Room accepts no posts and no readers once it is closed", async () => {
  const { room } = await makeRoom();
  room.close();
  await assertRejects(() => room.post(say("x")), ChatError, "The room is gone");
  assertThrows(() => room.subscribe(new Wakeup()), ChatError, "The room is gone");
});

Deno.test("Room.findPosted() waits for everything posted before, and findStored() for nothing", async () => {
  const { room, log, turn } = await makeRoom();
  log.find = () => Promise.resolve(log.head);
  const posted = room.post(say("x"));
  const [later, now] = [room.findPosted(say("x")), room.findStored(say("x"))];
  turn();
  assertEquals([await posted, await later, await now], [[1], [1], [0]]);
  log.find = () => Promise.reject(new Error("no disk"));
  await assertRejects(() => room.findPosted(say("x")), Error, "no disk");
});

Deno.test("Room.find() asks the other servers only for what is not here", async () => {
  const log = new FollowedLog();
  let reached = 0;
  const { room } = await makeRoom(log);
  Object.assign(log, {
    find: ({ id }: { id: string }) => Promise.resolve(id === "y" || reached > 0 ? 1 : undefined),
    reach: (seq: number) => {
      reached = seq;
      return Promise.resolve();
    },
  });
  const { signal } = new AbortController();
  const known = say("x").map((draft) => ({ ...draft, id: "y" }));
  assertEquals([await room.find(known, signal), reached], [[1], 0]);
  assertEquals([await room.find(say("x"), signal), reached], [[1], 1]);
});

Deno.test("Room.settle() waits until the log has answered for everything", async () => {
  const { room, log, turn } = await makeRoom();
  const stored = Promise.withResolvers<void>();
  log.ready = stored.promise;
  const posted = room.post(say("x"));
  turn();
  let isSettled = false;
  const settled = room.settle().then(() => isSettled = true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(isSettled, false);
  stored.resolve();
  await settled;
  assertEquals(await posted, [1]);
});

Deno.test("Room drops old notes in steps, and reports each of them once", async () => {
  const log = new TestLog();
  let due = 0;
  const steps: number[] = [];
  log.trim = (_now, most) => {
    const count = Math.min(due, most);
    steps.push(most);
    due -= count;
    return new Promise((resolve) =>
      setTimeout(() => {
        log.first += count; // It is dropped later than the note is stored.
        resolve(count);
      })
    );
  };
  const reports: [string, number][] = [];
  const observer = {
    appending: () => () => {},
    dropped: (room: string, notes: number) => reports.push([room, notes]),
  };
  const { room, turn } = await makeRoom(log, observer);
  const posted = room.post(say(...Array.from({ length: 1_000 }, () => "x")));
  due = 3;
  turn();
  await posted;
  await room.settle();
  assertEquals([steps, reports], [[1_200], [["test", 3]]]);
  due = 450;
  let isDone = false;
  const trimming = room.trim().then(() => isDone = true);
  while (!isDone) {
    turn();
    await new Promise((resolve) => setTimeout(resolve));
  }
  await trimming;
  await room.trim();
  assertEquals([steps.slice(1), reports.slice(1)], [[200, 200, 200, 200], [["test", 450]]]);
});

Deno.test("Room.search() finds private notes for those that they are between", async () => {
  const { room, turn } = await makeRoom();
  const between = { to: "bob", author: "guest 1", reader: "guest 2" };
  const secret: Draft = { ...say("tea for bob")[0]!, ...between, kind: "whisper" };
  const posted = room.post([...say("tea"), secret]);
  turn();
  await posted;
  const turns = { isOver: false, next: () => Promise.resolve() };
  const found = async (reader: string | undefined) => {
    const range = { from: 1, before: Infinity, turns };
    const notes = await Array.fromAsync(
      room.search(new NoteQuery({ words: ["tea"] }), reader, range),
    );
    return notes.map(({ seq }) => seq);
  };
  const readers = [undefined, "guest 1", "guest 2", "guest 3"];
  assertEquals(await Promise.all(readers.map(found)), [[1], [2, 1], [2, 1], [1]]);
});
