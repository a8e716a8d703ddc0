import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../room/errors.ts";
import type { Log } from "../room/log.ts";
import { Room } from "../room/room.ts";
import { MemoryLog } from "../server/memory_log.ts";

/** A room whose turns of the event loop are ended by hand. */
function makeRoom(log: Log = new MemoryLog(100)) {
  const deferred: (() => void)[] = [];
  const room = new Room(log, { defer: (task) => deferred.push(task) });
  return { room, log, turn: () => deferred.splice(0).forEach((task) => task()) };
}

const say = (message: string) => ({ name: "ann", message });

Deno.test("Room.post() appends the drafts of one turn in one batch", async () => {
  const log = new MemoryLog(100);
  const batches: number[] = [];
  const { room, turn } = makeRoom({
    get head() {
      return log.head;
    },
    get first() {
      return log.first;
    },
    append(drafts) {
      batches.push(drafts.length);
      return log.append(drafts);
    },
    read: (from, limit) => log.read(from, limit),
  });
  const posts = [room.post(say("a")), room.post(say("b")), room.post(say("c"))];
  assertEquals(log.head, 0);
  turn();
  assertEquals((await Promise.all(posts)).map((note) => note.seq), [1, 2, 3]);
  assertEquals(batches, [3]);
});

Deno.test("Room.post() answers once the log has the note, not before", async () => {
  const log = new MemoryLog(100);
  const stored = Promise.withResolvers<void>();
  const { room, turn } = makeRoom(
    Object.create(log, {
      head: { get: () => log.head },
      append: {
        value: async (drafts: Parameters<Log["append"]>[0]) => {
          await stored.promise;
          return log.append(drafts);
        },
      },
      read: { value: log.read.bind(log) },
    }),
  );
  const order: string[] = [];
  const post = room.post(say("a")).then(() => order.push("answered"));
  const reader = room.read(1, new AbortController().signal);
  const read = reader.next().then(() => order.push("delivered"));
  turn();
  await Promise.resolve();
  assertEquals(order, []);
  stored.resolve();
  await Promise.all([post, read]);
  assertEquals(order, ["answered", "delivered"]);
});

Deno.test("Room.post() refuses when the log cannot store, and goes on when it can again", async () => {
  const log = new MemoryLog(100);
  let full = true;
  const { room, turn } = makeRoom(
    Object.create(log, {
      head: { get: () => log.head },
      append: {
        value: (drafts: Parameters<Log["append"]>[0]) =>
          full ? Promise.reject(new Error("disk full")) : log.append(drafts),
      },
    }),
  );
  const refused = room.post(say("a"));
  turn();
  const error = await assertRejects(() => refused, ChatError, "could not store");
  assertEquals([error.code, (error.cause as Error).message], ["unavailable", "disk full"]);
  full = false;
  const accepted = room.post(say("a"));
  turn();
  assertEquals((await accepted).seq, 1);
});

Deno.test("Room.read() replays and goes on live, giving the same run to all at the head", async () => {
  const { room, turn } = makeRoom();
  const old = room.post(say("old"));
  turn();
  await old;
  const { signal } = new AbortController();
  const readers = [room.read(1, signal), room.read(1, signal), room.read(2, signal)];
  const [a, b, c] = readers;
  assertEquals((await a!.next()).value.notes[0]?.message, "old");
  assertEquals((await b!.next()).value.notes[0]?.message, "old");
  const live = readers.map((reader) => reader.next());
  void room.post(say("new"));
  turn();
  const runs = (await Promise.all(live)).map((result) => result.value);
  assertEquals(runs[0]!.notes.map((note) => note.message), ["new"]);
  assertEquals([runs[1] === runs[0], runs[2] === runs[0]], [true, true]);
  await Promise.all([a, b, c].map((reader) => reader!.return(undefined as never)));
});

Deno.test("Room.read() gives a slow reader everything once, in order", async () => {
  const { room, turn } = makeRoom();
  const reader = room.read(1, new AbortController().signal);
  const first = reader.next();
  const seen: number[] = [];
  for (let round = 0; round < 5; round++) {
    const posts = [room.post(say("x")), room.post(say("y"))];
    turn();
    await Promise.all(posts);
  }
  seen.push(...(await first).value.notes.map((note) => note.seq));
  while (seen.length < 10) seen.push(...(await reader.next()).value.notes.map((note) => note.seq));
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("Room.read() ends with the signal's reason, waiting or not", async () => {
  const { room } = makeRoom();
  const leaving = new AbortController();
  const waiting = room.read(1, leaving.signal).next();
  const later = room.read(1, leaving.signal);
  leaving.abort(new ChatError("unavailable", "left"));
  await assertRejects(() => waiting, ChatError, "left");
  await assertRejects(() => later.next(), ChatError, "left");
});
