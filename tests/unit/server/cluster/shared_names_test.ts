import { assertEquals } from "@std/assert";
import { ChatError } from "../../../../room/errors.ts";
import { encodeChange } from "../../../../server/storage/cluster/state_entry.ts";
import { MemoryCluster } from "../../../support/cluster/memory_engine.ts";
import { openServer } from "../../../support/cluster/shared_store.ts";
import { useName } from "../../../support/stores/names.ts";
import { startMemoryCluster } from "../../../support/cluster/memory_cluster.ts";
import { testSharedNames } from "../../../support/cluster/shared_names.ts";

testSharedNames("an engine in memory", startMemoryCluster);

const EPOCH = { time: 1, seen: 1, spoken: false };
const BAN = { kind: "ban", principal: "p", name: "p", by: "op", reason: "", time: 1 } as const;

/** A server with names whose owners have been away for long, and the keys of what it stores. */
async function openWithAway(count: number) {
  const cluster = new MemoryCluster();
  const { state } = cluster.connect().journals;
  for (let i = 0; i < count; i++) {
    const value = { ...EPOCH, name: `away ${i}`, key: `key ${i}` };
    await state.append(`name.t${i}`, encodeChange({ value, attempt: "" }));
  }
  let now = 1_000_000;
  const errors: unknown[] = [];
  const server = await openServer({
    connect: () => Promise.resolve(cluster.connect()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }, {
    names: { now: () => now++, maxOwned: 20_000, onError: (error) => void errors.push(error) },
  });
  const stored: string[] = [];
  server.engine.journals.state.listen(({ key }) => stored.push(key));
  return { cluster, server, stored, errors };
}

Deno.test("a claim and a ban are stored at once during a sweep of 10,000 names", async () => {
  const { server, stored } = await openWithAway(10_000);
  await using _closing = server;
  const { names, store } = server;
  const sweeping = names.sweep();
  await useName(names, "bob", "key b");
  await store.saveSanction(BAN);
  assertEquals(stored.length <= 6, true, stored.join());
  await Promise.all([sweeping, names.sweep(), names.sweep()]);
  assertEquals(names.list().length, 10_000 + 1 - 2 * 1_000);
});

Deno.test("a sweep keeps names that are used, or get a private note, during it", async () => {
  const { server, errors } = await openWithAway(20);
  await using _closing = server;
  const { names } = server;
  const sweeping = names.sweep();
  await useName(names, "bob", "key b");
  await names.markAddressed("away 18");
  (await useName(names, "away 19", "key 19"))[Symbol.dispose]();
  await sweeping;
  const left = names.list().map(({ name }) => name).toSorted();
  assertEquals([left, errors], [["away 18", "away 19", "bob"], []]);
});

Deno.test("a sweep of visits is stored after a claim, and stops when the engine is away", async () => {
  const { cluster, server, stored, errors } = await openWithAway(0);
  await using _closing = server;
  const { names } = server;
  for (const name of ["ann", "cat", "dan"]) {
    (await useName(names, name, `key of ${name}`))[Symbol.dispose]();
  }
  stored.length = 0;
  const { state } = server.engine.journals;
  const append = state.append.bind(state);
  let attempts = 0;
  state.append = () => Promise.reject(new ChatError("unavailable", `attempt ${++attempts}`));
  await names.sweep();
  assertEquals([attempts, errors.length], [1, 1]);
  state.append = append;
  cluster.fail("state", "not stored, not answered");
  const sweeping = names.sweep();
  await useName(names, "bob", "key b");
  const before = stored.length;
  await sweeping;
  assertEquals([before <= 2, stored.length], [true, 4]);
});
