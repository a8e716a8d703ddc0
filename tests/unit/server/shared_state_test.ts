import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import type { Journal } from "../../../server/cluster/engine.ts";
import { keyToken } from "../../../server/storage/cluster/key_token.ts";
import { DELETED_MS, SharedState } from "../../../server/storage/cluster/state.ts";
import { MemoryCluster, type MemoryEngine } from "../../support/cluster/memory_engine.ts";

const OPTIONS = {
  onError: (error: unknown) => {
    throw error;
  },
};

const open = (engine: MemoryEngine) => SharedState.open(engine.journals.state, OPTIONS);

/** Changes a key to a value. */
const set = (state: SharedState, key: string, value: unknown) =>
  state.change(key, () => ({ value }));

/** Two servers on one cluster. */
async function openTwo() {
  const cluster = new MemoryCluster();
  const engines = [cluster.connect(), cluster.connect()] as const;
  const stack = new DisposableStack();
  const states = [
    stack.use(await open(engines[0])),
    stack.use(await open(engines[1])),
  ] as const;
  return { cluster, engines, states, [Symbol.dispose]: () => stack.dispose() };
}

/** Waits until both servers have applied everything that either has. */
async function settle(...engines: readonly MemoryEngine[]): Promise<void> {
  const states = engines.map(({ journals }) => journals.state);
  const newest = Math.max(...states.map(({ seen }) => seen));
  await Promise.all(states.map((state) => state.reach(newest)));
}

Deno.test("SharedState has the same values on all servers, in the same order", async () => {
  using two = await openTwo();
  const [a, b] = two.states;
  const heard: unknown[][] = [[], []];
  two.states.forEach((state, i) =>
    state.listen("k.", ({ key, value, deleted }) => heard[i]!.push([key, value, deleted]))
  );
  await Promise.all([set(a, "k.1", "a"), set(b, "k.1", "b"), set(b, "k.2", 2), set(a, "x", 0)]);
  await a.change("k.2", () => ({ deleted: "why" }));
  await settle(...two.engines);
  assertEquals(heard[0], heard[1]);
  assertEquals(heard[0]!.length, 4);
  assertEquals(heard[0]!.at(-1), ["k.2", undefined, "why"]);
  assertEquals([...a.values("k.")], [...b.values("k.")]);
  assertEquals([a.get("k.2"), a.get("x")?.value], [undefined, 0]);
});

Deno.test("SharedState.change() computes again from what others have stored", async () => {
  using two = await openTwo();
  const increment = (state: SharedState) =>
    state.change("n", (current) => ({ value: Number(current?.value ?? 0) + 1 }));
  await Promise.all(Array.from({ length: 100 }, (_, i) => increment(two.states[i % 2]!)));
  await settle(...two.engines);
  assertEquals(two.states[0].get("n")?.value, 100);
});

Deno.test("SharedState.change() conflicts with any other key", async () => {
  using two = await openTwo();
  const claim = (state: SharedState, key: string) =>
    state.change(key, () => {
      if ([...state.values("k.")].length > 0) throw new Error("full");
      return { value: key };
    });
  const claims = await Promise.allSettled([
    claim(two.states[0], "k.a"),
    claim(two.states[1], "k.b"),
  ]);
  assertEquals(claims.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
});

Deno.test("SharedState.change() stores nothing if there is nothing to change", async () => {
  using two = await openTwo();
  const { state } = two.engines[0].journals;
  const before = state.seen;
  await two.states[0].change("k", () => undefined);
  assertEquals(state.seen, before);
});

for (const fault of ["stored, not answered", "not stored, not answered"] as const) {
  Deno.test(`SharedState.change() is made once if the append is ${fault}`, async () => {
    using two = await openTwo();
    const [a, b] = two.states;
    let heard = 0;
    b.listen("n", () => heard++);
    two.cluster.fail("state", fault, fault);
    await a.change("n", (current) => ({ value: Number(current?.value ?? 0) + 1 }));
    await settle(...two.engines);
    assertEquals([a.get("n")?.value, b.get("n")?.value, heard], [1, 1, 1]);
  });
}

const openMeanwhile = async (isSlow: boolean) => {
  const cluster = new MemoryCluster();
  const [engine, late] = [cluster.connect(), cluster.connect()];
  using first = await open(engine);
  for (let i = 0; i < 600; i++) await set(first, `old.${i}`, i);
  if (isSlow) late.journals.state.pause();
  const read = late.journals.state.read.bind(late.journals.state);
  let changed = false;
  late.journals.state.read = async (from, most, key) => {
    const page = await read(from, most, key);
    if (page.length < most && !changed) {
      changed = true; // After the last page: ones that were read already, and a new one.
      await set(first, "old.550", "changed");
      await set(first, "new", 1);
      await first.change("old.551", () => ({ deleted: {} }));
    }
    return page;
  };
  using second = await open(late);
  const heard: unknown[] = [];
  second.listen("", ({ key, value }) => heard.push([key, value]));
  late.journals.state.resume();
  await settle(engine, late);
  assertEquals(
    [second.get("old.550")?.value, second.get("new")?.value, second.get("old.551")],
    ["changed", 1, undefined],
  );
  assertEquals([...second.values("")].toSorted(), [...first.values("")].toSorted());
  assertEquals(new Set(heard).size, heard.length);
};

for (
  const [name, isSlow] of [["arrives meanwhile", false], ["arrives afterwards", true]] as const
) {
  Deno.test(`SharedState.open() misses nothing that is stored meanwhile and ${name}`, async () => {
    await openMeanwhile(isSlow);
  });
}

Deno.test("SharedState drops what was deleted while it was away, even if nothing says so", async () => {
  let now = 0;
  const cluster = new MemoryCluster();
  const [engine, away] = [cluster.connect(), cluster.connect()];
  using first = await open(engine);
  const options = { ...OPTIONS, now: () => now };
  using second = await SharedState.open(away.journals.state, options);
  await set(first, "gone", 1);
  await set(first, "kept", 2);
  await settle(engine, away);
  const heard: unknown[] = [];
  second.listen("", ({ key, value, before }) => heard.push([key, value, before?.value]));
  const { state }: { state: Journal } = engine.journals;
  await state.purge("gone", Infinity); // As after a deletion that is forgotten.
  await second.check();
  assertEquals(second.get("gone")?.value, 1); // It was never away.
  now += DELETED_MS;
  await second.check();
  assertEquals([second.get("gone"), second.get("kept")?.value], [undefined, 2]);
  assertEquals(heard, [["gone", undefined, 1]]);
});

Deno.test("SharedState.change() gives up when its function throws", async () => {
  using two = await openTwo();
  const change = () =>
    two.states[0].change("k", () => {
      throw new RangeError("no");
    });
  await assertRejects(change, RangeError, "no");
  await set(two.states[0], "k", 1);
});

Deno.test("SharedState.change() gives up after a time without an answer", async () => {
  const cluster = new MemoryCluster();
  const { journals } = cluster.connect();
  using state = await SharedState.open(journals.state, { ...OPTIONS, changeMs: 1 });
  cluster.fail("state", "not stored, not answered", "not stored, not answered");
  const error = await assertRejects(() => set(state, "k", 1), ChatError, "did not answer");
  assertEquals([error.code, state.get("k")], ["unavailable", undefined]);
});

Deno.test("SharedState.change() does not store a first try that arrives late", async () => {
  using two = await openTwo();
  const [a, b] = two.states;
  two.cluster.fail("state", "late, not answered");
  await a.change("n", (current) => ({ value: Number(current?.value ?? 0) + 1 }));
  two.cluster.arriveLate("state");
  await settle(...two.engines);
  assertEquals([a.get("n")?.value, b.get("n")?.value], [1, 1]);
});

Deno.test("SharedState passes over an entry that is not valid, and reports it", async () => {
  const { journals } = new MemoryCluster().connect();
  const errors: string[] = [];
  const onError = (error: unknown) => void errors.push((error as Error).message);
  await journals.state.append("k", new TextEncoder().encode("{}"));
  using state = await SharedState.open(journals.state, { onError });
  await journals.state.append("k", new TextEncoder().encode("x"));
  await set(state, "k", 1);
  assertEquals(state.get("k")?.value, 1);
  assertEquals(errors.length, 2);
  assertEquals(errors[0], 'The entry 1 of "k" in the shared state is not valid: it is passed over');
});

Deno.test("keyToken() differs for different texts, and fits into a key", () => {
  const long = "ä".repeat(200);
  const texts = ["", "a", "A", "a.b", "ä", "\ufffd", "\ud800", "\ud801", long, `${long}b`];
  const tokens = texts.map(keyToken);
  assertEquals(new Set(tokens).size, texts.length);
  for (const token of tokens) assertEquals(/^[\w-]{1,400}$/.test(token), true, token);
});
