import { assertEquals, assertRejects } from "@std/assert";
import { batches } from "../../../../client/conversation/batches.ts";

const OPTIONS = { isUrgent: (item: string) => item === "!", maxDelayMs: 2 ** 31 - 1 };

/** Items that arrive when they are pushed. */
class Source implements AsyncIterable<string> {
  readonly #stream = new TransformStream<string, string>(undefined, { highWaterMark: 99 }, {
    highWaterMark: 99,
  });
  readonly #writer = this.#stream.writable.getWriter();

  push(...items: string[]): void {
    for (const item of items) void this.#writer.write(item);
  }

  end(): void {
    void this.#writer.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return this.#stream.readable[Symbol.asyncIterator]();
  }
}

Deno.test("batches() combines items that arrive together", async () => {
  const source = new Source();
  source.push("!", "a", "!");
  const iterator = batches(source, OPTIONS);
  assertEquals((await iterator.next()).value, ["!", "a", "!"]);
  source.push("!");
  assertEquals((await iterator.next()).value, ["!"]);
  source.end();
  assertEquals((await iterator.next()).done, true);
});

Deno.test("batches() delays items that are not urgent until urgent ones, or the end", async () => {
  const source = new Source();
  const iterator = batches(source, OPTIONS);
  source.push("a", "b");
  const first = iterator.next();
  await new Promise((resolve) => setImmediate(resolve));
  source.push("!");
  assertEquals((await first).value, ["a", "b", "!"]);
  source.push("c");
  source.end();
  assertEquals((await iterator.next()).value, ["c"]);
  assertEquals((await iterator.next()).done, true);
});

Deno.test("batches() returns the items before an error, then the error", async () => {
  async function* broken() {
    yield "a";
    yield "!";
    await Promise.resolve();
    throw new RangeError("broken");
  }
  const seen: string[] = [];
  await assertRejects(
    async () => {
      for await (const batch of batches(broken(), OPTIONS)) seen.push(...batch);
    },
    RangeError,
    "broken",
  );
  assertEquals(seen, ["a", "!"]);
});

Deno.test("batches() waits once for a batch, however much arrives, and not at all if it is urgent", async () => {
  const source = new Source();
  const iterator = batches(source, OPTIONS);
  const waits: (number | undefined)[] = [];
  const { setTimeout } = globalThis;
  globalThis.setTimeout = ((task: () => void, ms?: number) => {
    waits.push(ms);
    return setTimeout(task, ms);
  }) as typeof setTimeout;
  try {
    const first = iterator.next();
    for (const item of ["a", "b", "c", "!"]) {
      source.push(item);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assertEquals((await first).value, ["a", "b", "c", "!"]);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(waits, [OPTIONS.maxDelayMs, 0]);
  source.end();
  assertEquals((await iterator.next()).done, true);
});

Deno.test("batches() returns what arrives before the end while a batch is handled", async () => {
  const source = new Source();
  const iterator = batches(source, OPTIONS);
  source.push("!");
  assertEquals((await iterator.next()).value, ["!"]);
  source.push("a");
  source.end();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals((await iterator.next()).value, ["a"]);
  assertEquals((await iterator.next()).done, true);
});
