import { assertEquals, assertStringIncludes } from "@std/assert";
import { encodeParts } from "../../../server/cluster/presence/snapshot_parts.ts";
import { MemoryCluster } from "../../support/cluster/memory_engine.ts";
import {
  settle,
  startPresence,
  type TestPresence,
  testSession,
} from "../../support/cluster/presences.ts";
import { encode } from "../../support/nats/entries.ts";

const JOIN = {
  ...{ type: "join", server: "s", session: 1, room: "lobby", name: "eve", client: "c" },
  ...{ attempt: 0, unlisted: false, maxMembers: 9 },
};
const PERSON = { name: "eve", joins: [JOIN] };
const ROOM = { name: "lobby", people: [PERSON], unlisted: [] };

/** Snapshots that cannot be used. */
const SNAPSHOTS: Readonly<Record<string, readonly Uint8Array[]>> = {
  "text": [encode("garbage")],
  "JSON of another shape": [encode("null\n7")],
  "half of one": encodeParts({ position: 1, snapshot: "long".repeat(50) }, 4_096 + 100).slice(1),
  "one without rooms": encodeParts({ position: 1, snapshot: { gone: [], rooms: null } }, 9_999),
  "one that covers what follows it": encodeParts(
    { position: 999, snapshot: { gone: [], rooms: [ROOM] } },
    9_999,
  ),
  "one with a person without a client": encodeParts({
    position: 1,
    snapshot: { gone: [], rooms: [{ ...ROOM, unlisted: [{ ...JOIN, client: undefined }] }] },
  }, 9_999),
};

const errorsOf = ({ errors }: TestPresence) => errors.map((error) => (error as Error).message);

/** Deletes all entries, as an administrator does. */
async function purge({ engine }: TestPresence): Promise<void> {
  for (const key of ["event", "snapshot"]) await engine.journals.presence.purge(key, 1_000);
}

/** Checks that a server starts, and that all servers have the same people from then on. */
async function checkStart(cluster: MemoryCluster, running: TestPresence): Promise<void> {
  await using started = await startPresence(cluster);
  await settle(running, started);
  assertEquals([running.names(), started.names()], [["ann"], ["ann"]]);
  await started.join(testSession("bob"));
  await settle(running, started);
  assertEquals([running.names(), started.names()], [["ann", "bob"], ["ann", "bob"]]);
  assertEquals(errorsOf(started).length, 1);
  assertStringIncludes(errorsOf(started)[0]!, "begins anew");
  await using next = await startPresence(cluster);
  assertEquals([next.names(), errorsOf(next), errorsOf(running)], [["ann", "bob"], [], []]);
}

Deno.test("a server starts after the journal of joins was purged", async () => {
  const cluster = new MemoryCluster();
  await using running = await startPresence(cluster);
  await running.join(testSession("ann"));
  await purge(running);
  await checkStart(cluster, running);
});

for (const [what, parts] of Object.entries(SNAPSHOTS)) {
  Deno.test(`a server starts if ${what} is in place of a snapshot of joins`, async () => {
    const cluster = new MemoryCluster();
    await using running = await startPresence(cluster);
    await running.join(testSession("ann"));
    await purge(running);
    for (const part of parts) await running.engine.journals.presence.append("snapshot", part);
    await checkStart(cluster, running);
  });
}

Deno.test("a newer entry that is no snapshot does not replace one", async () => {
  const cluster = new MemoryCluster();
  await using running = await startPresence(cluster, { snapshotEvery: 1 });
  await running.join(testSession("ann"));
  await settle(running);
  await running.engine.journals.presence.append("snapshot", encode("garbage"));
  await using started = await startPresence(cluster);
  assertEquals([started.names(), errorsOf(started)], [["ann"], []]);
});

Deno.test("an entry of the wrong shape is passed over by all servers, with a line", async () => {
  const cluster = new MemoryCluster();
  await using one = await startPresence(cluster);
  const wrong = [null, { type: 7 }, { ...JOIN, room: {} }, { type: "leave" }, { type: "gone" }];
  for (const event of wrong) {
    await one.engine.journals.presence.append("event", encode(JSON.stringify(event)));
  }
  await one.join(testSession("ann"));
  await using two = await startPresence(cluster);
  assertEquals([one.names(), two.names()], [["ann"], ["ann"]]);
  assertEquals([one.errors.length, two.errors.length], [wrong.length, wrong.length]);
});
