import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../../room/errors.ts";
import { Sanctions } from "../../../../room/sanctions.ts";
import { Names } from "../../../../room/state/names.ts";
import { openClusterStore } from "../../../support/cluster/cluster_store.ts";
import { MemoryCluster, type MemoryEngine } from "../../../support/cluster/memory_engine.ts";
import { encode } from "../../../support/nats/entries.ts";

const NAME = { name: "ann", key: "k", time: 1, seen: 1, spoken: true };
const BAN = { kind: "ban", principal: "k", name: "ann", by: "op", reason: "", time: 1 };
const ROOM = { room: "dev", name: "Dev" };

/** Changes of the wrong shape, by the prefix of their keys. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  "name": [
    ...[{ value: null }, { value: 1 }, { value: [] }, { value: { ...NAME, name: 7 } }],
    ...[{ value: { ...NAME, seen: "late" } }, { deleted: true }, { deleted: { name: {} } }],
  ],
  "sanction": [
    ...[{ value: "ban" }, { value: { ...BAN, kind: "curse" } }, { value: { ...BAN, until: "x" } }],
    ...[{ deleted: {} }, { deleted: { sanction: BAN, lifting: 1 } }],
  ],
  "room": [
    ...[{ value: {} }, { value: { ...ROOM, removed: -1 } }, { value: { ...ROOM, name: null } }],
    ...[{ value: { ...ROOM, origins: [["h"]] } }, { value: { ...ROOM, origins: {} } }],
    ...[{ deleted: { room: "dev" } }, { value: null, deleted: null }],
    ...[{ value: { ...ROOM, topic: "text" } }, { value: { ...ROOM, topic: { text: 7 } } }],
  ],
};

async function openServer(engine: MemoryEngine) {
  const errors: string[] = [];
  const onError = (error: unknown) => void errors.push((error as Error).message);
  const store = await openClusterStore(engine, { onError });
  const now = () => 7;
  const names = await Names.open(store, { now, maxNames: 9, maxOwned: 9, awayMs: 100, onError });
  const sanctions = await Sanctions.open(store, now);
  return {
    ...{ store, errors },
    view: async () => [names.list(), sanctions.list(), await store.rooms()],
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

for (const [prefix, changes] of Object.entries(WRONG)) {
  Deno.test(`servers pass over an entry of the wrong shape of a ${prefix}`, async () => {
    const cluster = new MemoryCluster();
    const { journals: { state } } = cluster.connect();
    await using running = await openServer(cluster.connect());
    for (const [i, change] of changes.entries()) {
      await state.append(`${prefix}.${i}`, encode(JSON.stringify(change)));
    }
    await using started = await openServer(cluster.connect());
    for (const { errors, view } of [running, started]) {
      assertEquals(await view(), [[], [], []]);
      assertEquals(errors.length, changes.length);
      assertEquals(errors[0]!.includes(`of "${prefix}.0" in the shared state is not`), true);
    }
    assertEquals(started.store.id, running.store.id);
  });
}

Deno.test("an entry of the wrong shape does not take the place of a valid one on a running server", async () => {
  const cluster = new MemoryCluster();
  const { journals: { state } } = cluster.connect();
  await using running = await openServer(cluster.connect());
  await running.store.saveOwnedName(NAME);
  await state.append("name.tYW5u", encode('{"value":{}}'));
  assertEquals(await running.store.ownedNames(), [NAME]);
});

Deno.test("a server does not start if there is another entry in place of the chat's id", async () => {
  const cluster = new MemoryCluster();
  const engine = cluster.connect();
  for (const value of ["null", '"garbage"', "7"]) {
    await engine.journals.state.append("id", encode(`{"value":${value}}`));
    const error = await assertRejects(() => openServer(engine), ChatError, "id of the chat");
    assertEquals(error.code, "invalid");
  }
});

Deno.test("the key of an entry that is passed over is escaped and shortened", async () => {
  const engine = new MemoryCluster().connect();
  await engine.journals.state.append(`name.\x1b[2J${"x".repeat(999)}`, encode("{}"));
  await using server = await openServer(engine);
  const shown = `name.\\x1b[2J${"x".repeat(91)}`;
  assertEquals(server.errors, [
    `The entry 1 of "${shown}" in the shared state is not valid: it is passed over`,
  ]);
});
