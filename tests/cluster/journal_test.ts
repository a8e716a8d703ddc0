import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatError } from "../../room/errors.ts";
import { Conflict, type Engine } from "../../server/cluster/engine.ts";
import { connectNats } from "../../server/cluster/nats/engine.ts";
import { appendAll, collect, encode, textsOf } from "../support/nats/entries.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";

const ignore = !(await hasNats());

/** Two engines of a chat that no other test uses. */
interface Pair {
  readonly a: Engine;
  readonly b: Engine;
}

const CASES: [string, (engines: Pair) => Promise<void>][] = [];

/** Registers a test that runs on one node, and on three. */
function testOnNodes(name: string, body: (engines: Pair) => Promise<void>): void {
  CASES.push([name, body]);
}

testOnNodes("append() reaches all engines in the same order, each entry once", async ({ a, b }) => {
  const [seenByA, seenByB] = [collect(a.journals.notes), collect(b.journals.notes)];
  const texts = Array.from({ length: 200 }, (_, i) => `${i}`);
  const seqs = await Promise.all(
    texts.map((text, i) => (i % 2 ? a : b).journals.notes.append(`room${i % 3}`, encode(text))),
  );
  await Promise.all([a, b].map(({ journals }) => journals.notes.reach(Math.max(...seqs))));
  assertEquals(seenByA, seenByB);
  assertEquals(textsOf(seenByA).toSorted(), texts.toSorted());
  assertEquals(seenByA.map(({ seq }) => seq), seqs.toSorted((x, y) => x - y));
  assertEquals(await b.journals.notes.read(1, 1_000), seenByA);
});

testOnNodes("append() accepts one of two entries that expect the same", async ({ a, b }) => {
  const scopes = [["notes", "key"], ["state", "journal"]] as const;
  for (const [journal, scope] of scopes) {
    for (let round = 0; round < 20; round++) {
      const { seen } = a.journals[journal];
      await b.journals[journal].reach(seen);
      const expected = { last: scope === "journal" ? seen : 0, scope };
      const attempts = [a, b].map(({ journals }, i) => {
        const key = scope === "journal" ? `key${i}` : `room${round}`;
        return journals[journal].append(key, encode("x"), { expected });
      });
      const results = await Promise.allSettled(attempts);
      const reasons = results.flatMap((r) => r.status === "rejected" ? [r.reason] : []);
      assertEquals([reasons.length, reasons[0] instanceof Conflict], [1, true], `${reasons}`);
      const stored = results.find((result) => result.status === "fulfilled")!;
      await a.journals[journal].reach(stored.value);
    }
  }
  assertEquals(a.figures.conflicts + b.figures.conflicts, 40);
});

testOnNodes("a conflict names the newest position", async ({ a }) => {
  const { notes } = a.journals;
  const last = await appendAll(notes, "room", ["1", "2"]);
  await appendAll(notes, "other", ["3"]);
  const expected = { last: last - 1, scope: "key" } as const;
  const append = () => notes.append("room", encode("x"), { expected });
  assertEquals((await assertRejects(append, Conflict)).newest, last);
});

testOnNodes("read() has everything up to seen, in pages, and by key", async ({ a, b }) => {
  const texts = Array.from({ length: 25 }, (_, i) => `${i}`);
  const last = await appendAll(a.journals.notes, "room", texts);
  await appendAll(a.journals.notes, "other", ["x"]);
  const { notes } = b.journals;
  await notes.reach(last + 1);
  const pages = [await notes.read(1, 10), await notes.read(11, 10), await notes.read(21, 10)];
  assertEquals(pages.map(({ length }) => length), [10, 10, 6]);
  assertEquals(textsOf(await notes.read(1, 100, "room")), texts);
  assertEquals(textsOf(await notes.read(1, 100, "other")), ["x"]);
  assertEquals(await notes.read(1, 100, "none"), []);
  assertEquals(await notes.read(last + 2, 100), []);
});

testOnNodes("newest() is the newest position of a key, or 0", async ({ a, b }) => {
  const last = await appendAll(a.journals.notes, "room.one", ["1", "2"]);
  await appendAll(a.journals.notes, "room.two", ["3"]);
  assertEquals(await b.journals.notes.newest("room.one"), last);
  assertEquals(await b.journals.notes.newest("room"), 0);
});

testOnNodes("listen() passes on the entries of one key, until disposed", async ({ a }) => {
  const { notes } = a.journals;
  const texts: string[] = [];
  const listening = notes.listen((entry) => texts.push(...textsOf([entry])), "room");
  await appendAll(notes, "other", ["1"]);
  await notes.reach(await appendAll(notes, "room", ["2"]));
  listening[Symbol.dispose]();
  await notes.reach(await appendAll(notes, "room", ["3"]));
  assertEquals(texts, ["2"]);
});

testOnNodes("a listener that throws does not stop the others", async ({ a }) => {
  const { notes } = a.journals;
  notes.listen(() => {
    throw new Error("a bug");
  });
  const seen = collect(notes);
  await notes.reach(await appendAll(notes, "room", ["1", "2"]));
  assertEquals(textsOf(seen), ["1", "2"]);
});

testOnNodes("purge() deletes the entries of a key before a position", async ({ a, b }) => {
  const { notes } = a.journals;
  await appendAll(notes, "other", ["0"]);
  const last = await appendAll(notes, "room", ["1", "2", "3"]);
  await notes.purge("room", last);
  await notes.purge("room", last);
  await b.journals.notes.reach(last);
  assertEquals(textsOf(await b.journals.notes.read(1, 100)), ["0", "3"]);
  await notes.purge("room", last + 1);
  assertEquals(await b.journals.notes.newest("room"), 0);
  assertEquals(textsOf(await b.journals.notes.read(1, 100)), ["0"]);
});

testOnNodes("the state has only the newest entry of each key", async ({ a, b }) => {
  const { state } = a.journals;
  await appendAll(state, "one", ["1", "2"]);
  await b.journals.state.reach(await appendAll(state, "two", ["3"]));
  assertEquals(textsOf(await b.journals.state.read(1, 100)), ["2", "3"]);
});

testOnNodes("an entry with a lifetime is deleted after it", async ({ a }) => {
  const { state } = a.journals;
  const last = await state.append("key", encode("x"), { ttlMs: 1_000 });
  await state.reach(last);
  while ((await state.read(last, 1)).length > 0) { /* Until it is deleted. */ }
  assertEquals(await state.newest("key"), 0);
  // It still counts for what the whole journal has had.
  await state.append("key", encode("y"), { expected: { last, scope: "journal" } });
});

testOnNodes("keys and topics that are not valid are refused", async ({ a }) => {
  const keys = ["", "a b", "a..b", ".a", "a.", "a*", "a>", "ä", "a".repeat(1_001)];
  for (const key of keys) {
    await assertRejects(() => a.journals.notes.append(key, encode("x")), ChatError, "not valid");
  }
  assertThrows(() => a.send("a.b", encode("x")), ChatError, '"a.b" is not valid');
});

testOnNodes("an entry of maxEntryBytes is stored, with the longest key", async ({ a, b }) => {
  const data = new Uint8Array(a.maxEntryBytes).fill(7);
  const key = "k".repeat(1_000);
  const last = await a.journals.notes.append(key, data, { expected: { last: 0, scope: "key" } });
  await b.journals.notes.reach(last);
  assertEquals((await b.journals.notes.read(last, 1, key))[0]?.data, data);
});

testOnNodes("send() reaches the listeners of a topic on all servers", async ({ a, b }) => {
  const heard: string[] = [];
  const done = Promise.withResolvers<void>();
  for (const [name, engine] of Object.entries({ a, b })) {
    engine.listen("beat", (data) => {
      heard.push(`${name} ${new TextDecoder().decode(data)}`);
      if (heard.length === 2) done.resolve();
    });
    engine.listen("other", () => done.reject(new Error("another topic")));
  }
  // A node learns from another one that somebody listens: a journal's entry comes after that.
  await a.journals.notes.reach(await appendAll(b.journals.notes, "room", ["x"]));
  b.send("beat", encode("1"));
  await done.promise;
  assertEquals(heard.toSorted(), ["a 1", "b 1"]);
});

for (const nodes of [1, 3] as const) {
  Deno.test({
    name: `journals in NATS, on ${nodes === 1 ? "one node" : "three nodes"}`,
    ignore,
    fn: async (test) => {
      await using nats = await Nats.start({ nodes });
      for (const [i, [name, body]] of CASES.entries()) {
        await test.step(name, async () => {
          const options = { urls: nats.urls, name: `chat-${i}`, startMs: 60_000 };
          await using a = await connectNats(options);
          await using b = await connectNats(options);
          assertEquals(a.replicas, nodes);
          assertEquals(typeof a.figures.clockOffsetMs, "number");
          await body({ a, b });
        });
      }
    },
  });
}
