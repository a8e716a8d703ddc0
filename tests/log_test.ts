import { assertEquals, assertThrows } from "@std/assert";
import type { Log } from "../room/log.ts";
import { MemoryLog } from "../server/memory_log.ts";

/** Every implementation, made so that it keeps the newest `keep` notes. */
const LOGS: [name: string, open: (keep: number) => Log][] = [
  ["MemoryLog", (keep) => new MemoryLog(keep)],
];

const ALL = { notes: 1_000, bytes: 1 << 20 };

function drafts(...messages: string[]) {
  return messages.map((message) => ({ name: "ann", message }));
}

async function read(log: Log, from: number, limit = ALL): Promise<string[]> {
  return (await log.read(from, limit)).map((note) => `${note.seq} ${note.message}`);
}

for (const [name, open] of LOGS) {
  Deno.test(`${name} is empty at first`, async () => {
    const log = open(10);
    assertEquals([log.first, log.head], [1, 0]);
    assertEquals(await read(log, 1), []);
  });

  Deno.test(`${name}.append() numbers notes from 1 without gaps`, async () => {
    const log = open(10);
    assertEquals(await log.append(drafts("a", "b")), [
      { seq: 1, name: "ann", message: "a" },
      { seq: 2, name: "ann", message: "b" },
    ]);
    assertEquals((await log.append(drafts("c")))[0]!.seq, 3);
    assertEquals([log.first, log.head], [1, 3]);
  });

  Deno.test(`${name}.read() starts where it is told, or at the oldest note`, async () => {
    const log = open(3);
    await log.append(drafts("a", "b", "c", "d", "e"));
    assertEquals([log.first, log.head], [3, 5]);
    assertEquals(await read(log, 1), ["3 c", "4 d", "5 e"]);
    assertEquals(await read(log, 4), ["4 d", "5 e"]);
    assertEquals(await read(log, 6), []);
  });

  Deno.test(`${name}.read() stops at the limits, but returns one note at least`, async () => {
    const log = open(10);
    await log.append(drafts("aaaa", "bbbb", "cccc"));
    assertEquals(await read(log, 1, { notes: 2, bytes: 100 }), ["1 aaaa", "2 bbbb"]);
    assertEquals(await read(log, 1, { notes: 9, bytes: 5 }), ["1 aaaa", "2 bbbb"]);
    assertEquals(await read(log, 2, { notes: 9, bytes: 1 }), ["2 bbbb"]);
  });
}

Deno.test("MemoryLog refuses a capacity that is no number of notes", () => {
  for (const capacity of [0, -1, 1.5, NaN]) {
    assertThrows(() => new MemoryLog(capacity), RangeError, `${capacity}`);
  }
});
