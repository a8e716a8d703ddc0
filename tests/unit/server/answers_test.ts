import { assertEquals, assertRejects } from "@std/assert";
import { Answers } from "../../../server/session/answers.ts";
import { settles } from "../../support/settles.ts";

const { signal } = new AbortController();
const ROOMS = { list: () => ({ rooms: [], more: 0 }) };
const found = (last: boolean) => ({ searched: 1, last });

/** The answers of a session with up to 3 in flight, and how often some were due. */
function answers() {
  const due = { count: 0 };
  const all = new Answers(3, () => due.count++);
  return { all, due, encode: () => all.encode(ROOMS) };
}

Deno.test("Answers bound what is in flight, until it is in a frame", async () => {
  const { all, encode } = answers();
  assertEquals(await all.waitForCapacity(signal), 3);
  all.expect(1);
  assertEquals(await all.waitForCapacity(signal), 2);
  all.expect(2);
  const waiting = all.waitForCapacity(signal);
  assertEquals([await settles(waiting), all.areComplete], [false, false]);
  all.acknowledge([{ id: "1" }], [7]);
  assertEquals(await settles(waiting), false);
  assertEquals(encode().length, 1);
  assertEquals(await waiting, 1);
  all.refuse({ id: "2", code: 3, reason: "no" });
  all.resolve({ code: 0, words: "done" });
  assertEquals([encode().length, encode().length, all.areComplete], [1, 0, true]);
});

Deno.test("Answers accept nothing more once their session is over", async () => {
  const { all } = answers();
  const over = AbortSignal.abort(new RangeError("over"));
  await assertRejects(() => all.waitForCapacity(over), RangeError, "over");
  all.expect(3);
  await assertRejects(() => all.waitForCapacity(over), RangeError, "over");
});

Deno.test("Answers of every kind are due at once", () => {
  const { all, due } = answers();
  all.acknowledge([], []);
  all.refuse({ id: "1", code: 3, reason: "no" });
  all.resolve({ code: 0, words: "done" });
  void all.addFound(found(true), signal);
  all.listRooms();
  assertEquals(due.count, 5);
});

Deno.test("Answers to a search wait until they are in a frame, and only the last one is complete", async () => {
  const { all, encode } = answers();
  all.expect(1);
  const first = all.addFound(found(false), signal);
  assertEquals(await settles(first), false);
  encode();
  await first;
  assertEquals(all.areComplete, false);
  const last = all.addFound(found(true), signal);
  encode();
  await last;
  assertEquals(all.areComplete, true);
});

Deno.test("Answers have one list of rooms in a frame, and each is answered", () => {
  const { all, encode } = answers();
  all.listRooms();
  all.listRooms();
  assertEquals([encode().length, all.areComplete], [1, false]);
  assertEquals([encode().length, all.areComplete, encode().length], [1, true, 0]);
});
