import { assertEquals, assertRejects } from "@std/assert";
import type { Entry } from "../../../../server/cluster/engine.ts";
import { Feed } from "../../../../server/cluster/nats/feed.ts";

const entry = (seq: number, size = 1): Entry => ({
  seq,
  key: "room",
  data: new Uint8Array(size),
  time: seq,
});

/** A source with stored entries; the node that answers has only some of them at first. */
class Source {
  readonly stored = new Map<number, Entry>();
  /** The positions that the next reads have, one for each; then all. */
  readonly late: number[] = [];
  /** The errors of the next reads. */
  readonly errors: Error[] = [];
  /** What `hasNone()` answers next; then whether there are any. */
  readonly uncertain: boolean[] = [];
  reads = 0;

  store(...seqs: number[]): void {
    for (const seq of seqs) this.stored.set(seq, entry(seq));
  }

  read(from: number, most: number): Promise<Entry[]> {
    this.reads++;
    const error = this.errors.shift();
    if (error) return Promise.reject(error);
    const newest = this.late.shift() ?? Infinity;
    const found = [...this.stored.values()].filter(({ seq }) => seq >= from && seq <= newest);
    return Promise.resolve(found.slice(0, most));
  }

  hasNone(from: number, to: number): Promise<boolean> {
    const isEmpty = ![...this.stored.keys()].some((seq) => seq >= from && seq <= to);
    return Promise.resolve(this.uncertain.shift() ?? isEmpty);
  }
}

/** A feed that has started at a position, and the positions that it has passed on. */
function start(source: Source, seen = 0): Disposable & { feed: Feed; passed: number[] } {
  const passed: number[] = [];
  const feed = new Feed(source, ({ seq }) => passed.push(seq));
  feed.start(seen);
  return { feed, passed, [Symbol.dispose]: () => feed[Symbol.dispose]() };
}

const { signal } = new AbortController();

Deno.test("Feed passes on live entries at once, each once, without reads", () => {
  const source = new Source();
  using started = start(source, 3);
  for (const seq of [2, 3, 4, 4, 5, 4, 6]) started.feed.receive(entry(seq));
  assertEquals(started.passed, [4, 5, 6]);
  assertEquals([started.feed.seen, started.feed.behind, source.reads], [6, 0, 0]);
});

Deno.test("Feed keeps what arrives before the start", () => {
  const passed: number[] = [];
  using feed = new Feed(new Source(), ({ seq }) => passed.push(seq));
  for (const seq of [3, 4, 5]) feed.receive(entry(seq));
  assertEquals([feed.seen, passed], [0, []]);
  feed.start(3);
  assertEquals(passed, [4, 5]);
});

Deno.test("Feed reads what is missing before a live entry", async () => {
  const source = new Source();
  using started = start(source);
  const { feed, passed } = started;
  source.store(1, 2, 3, 4, 5);
  feed.receive(entry(1));
  feed.receive(entry(4));
  feed.receive(entry(5));
  assertEquals(feed.behind, 4);
  await feed.reach(5, signal);
  assertEquals(passed, [1, 2, 3, 4, 5]);
  assertEquals(feed.behind, 0);
});

Deno.test("Feed reads again while nodes answer that are late, or none answers", async () => {
  const source = new Source();
  source.store(1, 2, 3);
  source.late.push(0, 0, 0, 1, 0, 2);
  source.errors.push(new Error("no answer"));
  source.uncertain.push(false);
  using started = start(source);
  started.feed.expect(3);
  await started.feed.reach(3, signal);
  assertEquals(started.passed, [1, 2, 3]);
});

Deno.test("Feed passes over deleted entries, between others and at the end", async () => {
  const source = new Source();
  source.store(2, 5);
  source.uncertain.push(false, false); // At first it is not certain that the last ones are deleted.
  using started = start(source);
  started.feed.expect(7);
  await started.feed.reach(7, signal);
  assertEquals(started.passed, [2, 5]);
  started.feed.receive(entry(8));
  assertEquals(started.passed, [2, 5, 8]);
});

Deno.test("Feed passes on everything from many live entries beyond a gap", async () => {
  const source = new Source();
  source.late.push(0, 0);
  using started = start(source);
  const count = 12_000; // More than are held back.
  for (let seq = 1; seq <= count; seq++) source.store(seq);
  for (let seq = 2; seq <= count; seq++) started.feed.receive(entry(seq));
  await started.feed.reach(count, signal);
  assertEquals(started.passed, Array.from({ length: count }, (_, i) => i + 1));
});

Deno.test("Feed does not hold back more than 16 MiB", async () => {
  const source = new Source();
  source.late.push(0);
  using started = start(source);
  for (let seq = 1; seq <= 40; seq++) source.store(seq);
  for (let seq = 2; seq <= 40; seq++) started.feed.receive(entry(seq, 2 ** 20));
  await started.feed.reach(40, signal);
  assertEquals(started.passed.length, 40);
  // Those that were held back need no read: 1, and those beyond 16 MiB.
  assertEquals(started.feed.repairs >= 40 - 17, true);
});

Deno.test("Feed.reach() ends with its signal", async () => {
  using started = start(new Source());
  const controller = new AbortController();
  const reached = started.feed.reach(1, controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => reached, Error, "enough");
});
