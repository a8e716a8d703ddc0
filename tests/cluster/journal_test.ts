import { assertEquals, assertRejects } from "@std/assert";
import { Conflict, type Engine, type Entry, type Journal } from "../../server/cluster/engine.ts";
import { connectNats } from "../../server/cluster/nats.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";

const ignore = !(await hasNats());

/** Calls `body` with the URLs of one node, and of three. */
function testOnNodes(name: string, body: (nats: Nats) => Promise<void>): void {
  for (const nodes of [1, 3] as const) {
    Deno.test({
      name: `${name}, on ${nodes === 1 ? "one node" : "three nodes"}`,
      ignore,
      fn: async () => {
        await using nats = await Nats.start({ nodes });
        await body(nats);
      },
    });
  }
}

const connect = (nats: Nats): Promise<Engine> => connectNats({ urls: nats.urls });

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const decode = ({ data }: Entry): string => new TextDecoder().decode(data);

/** Collects the entries that a journal passes on. */
function collect(journal: Journal): Entry[] {
  const entries: Entry[] = [];
  journal.listen((entry) => entries.push(entry));
  return entries;
}

testOnNodes(
  "Journal.append() reaches all engines in the same order, each entry once",
  async (nats) => {
    await using a = await connect(nats);
    await using b = await connect(nats);
    const [seenByA, seenByB] = [collect(a.journals.notes), collect(b.journals.notes)];
    const texts = Array.from({ length: 200 }, (_, i) => `${i}`);
    const seqs = await Promise.all(
      texts.map((text, i) => (i % 2 ? a : b).journals.notes.append(`room${i % 3}`, encode(text))),
    );
    await Promise.all([a, b].map(({ journals }) => journals.notes.reach(Math.max(...seqs))));
    assertEquals(seenByA, seenByB);
    assertEquals(seenByA.map(decode).toSorted(), texts.toSorted());
    assertEquals(seenByA.map(({ seq }) => seq), seqs.toSorted((x, y) => x - y));
    assertEquals(await b.journals.notes.read(1, 1_000), seenByA);
  },
);

testOnNodes("Journal.append() refuses an entry that expects an older one", async (nats) => {
  await using a = await connect(nats);
  await using b = await connect(nats);
  const expected = { last: 0, scope: "key" } as const;
  const results = await Promise.allSettled(
    [a, b].map(({ journals }) => journals.notes.append("room", encode("x"), { expected })),
  );
  assertEquals(results.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  await assertRejects(() => a.journals.notes.append("room", encode("y"), { expected }), Conflict);
});
