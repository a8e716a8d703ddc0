import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Room } from "../../../room/state/room.ts";
import type { Segment } from "../../../room/state/segment.ts";
import { makeRoom, messages, say, TestLog } from "./test_room.ts";

/** The number of notes in the segments of a room, from the first one on. */
async function sizes(room: Room): Promise<number[]> {
  const all: number[] = [];
  for (let next = 1; next <= room.head;) {
    const segment = (await room.segmentAt(next))!;
    all.push(segment.notes.length);
    next = segment.end;
  }
  return all;
}

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

Deno.test("Room.segmentAt() splits a large batch by notes and by characters, without reading the log", async () => {
  const { room, log, turn } = await makeRoom();
  const many = room.post(say(...Array.from({ length: 2_001 }, () => "x")));
  turn();
  await many;
  const long = "x".repeat(200 * 1024);
  const longer = room.post(say(long, long, "x"));
  turn();
  await longer;
  assertEquals([await sizes(room), log.reads], [[1_000, 1_000, 1, 2, 1], []]);
});

Deno.test("Room keeps the last 64 batches and 4 Mi characters in memory, and reads others after a break", async () => {
  const { room, log, yields, turn } = await makeRoom();
  const post = async (message: string) => {
    const posted = room.post(say(message));
    turn();
    await posted;
  };
  for (let i = 0; i < 65; i++) await post("x");
  await room.segmentAt(2);
  assertEquals([log.reads, yields.count], [[], 0]);
  await room.segmentAt(1);
  assertEquals([log.reads, yields.count], [["1+1"], 1]);
  // Each batch has a Mi characters: the fifth does not fit, however many there were before.
  for (let i = 0; i < 9; i++) await post("x".repeat(1024 * 1024));
  await room.segmentAt(room.head - 3);
  assertEquals(log.reads.length, 1);
  await room.segmentAt(room.head - 4);
  assertEquals(log.reads.length, 2);
});

Deno.test("Room.segmentAt() shares what it reads among readers at different places, and says what is dropped meanwhile", async () => {
  const log = new TestLog();
  await log.append(say(...Array.from({ length: 1_200 }, () => "x")), 1);
  const { room } = await makeRoom(log);
  for (const [next, end] of [[101, 501], [501, 1_001], [1_001, 1_201]] as const) {
    assertEquals([next, (await room.segmentAt(next))!.end], [next, end]);
  }
  const read = log.read.bind(log);
  log.read = (from, limit) => {
    log.first = 650;
    return read(from, limit);
  };
  const segment = (await room.segmentAt(601))!;
  assertEquals([segment.start, segment.notes[0]?.seq], [650, 650]);
});

Deno.test("Room keeps the last 8 segments that it has read, and those that are being read", async () => {
  const log = new TestLog();
  await log.append(say(...Array.from({ length: 6_000 }, () => "x")), 1);
  const { room } = await makeRoom(log);
  const starts = Array.from({ length: 12 }, (_, i) => 1 + 500 * i);
  for (const start of starts.slice(0, 9)) await room.segmentAt(start);
  const before = log.reads.length;
  for (const start of starts.slice(1, 9)) await room.segmentAt(start);
  assertEquals(log.reads.length, before);
  await room.segmentAt(1);
  assertEquals(log.reads.slice(before), ["1+500"]);
  const reading = starts.map((start) => [room.segmentAt(start), room.segmentAt(start)]);
  for (const [one, other] of reading) assertEquals(await one, await other);
  assertEquals(log.reads.length, before + 1 + 4, "each is read once");
});

Deno.test("Room.segmentAt() reads again after a failed read", async () => {
  const log = new TestLog();
  await log.append(say("a", "b"), 1);
  const { room } = await makeRoom(log);
  const read = log.read.bind(log);
  log.read = () => Promise.reject(new ChatError("unavailable", "the disk is gone"));
  await assertRejects(async () => await room.segmentAt(1), ChatError, "the disk is gone");
  log.read = read;
  assertEquals(messages((await room.segmentAt(1))!), "ab");
});

Deno.test("VisibleNotes.count() counts nothing at the end, and gives others a turn between lookups", async () => {
  const { room, yields, turn } = await makeRoom();
  const privateNote = { ...say("x")[0]!, kind: "whisper", to: "bob", reader: "guest 1" } as const;
  const posted = room.post(Array.from({ length: 2_500 }, () => privateNote));
  turn();
  await posted;
  assertEquals(await room.visible.count(9, 3, undefined), 0);
  assertEquals([await room.visible.count(1, 2_501, "guest 2"), yields.count], [0, 2]);
});

Deno.test("VisibleNotes.count() leaves out positions of which the log does not know what was there", async () => {
  const { room, log, turn } = await makeRoom();
  const posted = room.post(say(..."abcde"));
  turn();
  await posted;
  log.first = 5;
  log.known = 3;
  assertEquals(await room.visible.count(1, 6, undefined), 3);
});
