import { assertEquals } from "@std/assert";
import { connectNats } from "../../server/cluster/nats.ts";
import { Presence } from "../../server/cluster/presence/presence.ts";
import { testSession } from "../support/cluster/presences.ts";
import { admin } from "../support/nats/admin.ts";
import { hasNats, Nats } from "../support/nats/nats.ts";

const ignore = !(await hasNats());
const PEOPLE = 60;
const WANTED = 20;

/** The presence of a server on nodes of NATS. */
async function startPresence(urls: readonly string[]) {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await connectNats({ urls, name: "chat", startMs: 60_000 }));
  const errors: unknown[] = [];
  const presence = stack.use(
    await Presence.open({
      ...{ engine, maxMembers: 1_000, hashKey: new Uint8Array(1), now: () => performance.now() },
      ...{ snapshotEvery: 40, joinMs: 60_000, closeMs: 60_000 },
      onError: (error) => void errors.push(error),
    }),
  );
  let wake = () => {};
  const { roster } = stack.use(presence.open("lobby", () => wake()));
  const resources = stack.move();
  return {
    ...{ presence, roster, errors },
    join: (name: string, client: string) =>
      presence.join("lobby", testSession(name, { client }), new AbortController().signal),
    /** Waits until the room has so many people. */
    has: async (people: number) => {
      while (roster.size !== people) await new Promise<void>((resolve) => wake = resolve);
    },
    names: () => roster.people().map(({ name }) => name),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

for (const nodes of [1, 3] as const) {
  Deno.test({
    name: `rosters in NATS, on ${nodes === 1 ? "one node" : "three nodes"}`,
    ignore,
    fn: async () => {
      await using nats = await Nats.start({ nodes });
      await using one = await startPresence(nats.urls);
      await using two = await startPresence(nats.urls);
      const servers = [one, two];
      const joining = servers.flatMap((server, at) => [
        ...Array.from(
          { length: PEOPLE },
          (_, i) => server.join(`own ${at} ${i}`, `own ${at} ${i}`),
        ),
        ...Array.from({ length: WANTED }, (_, i) => server.join(`both ${i}`, `both ${at} ${i}`)),
      ]);
      const results = await Promise.allSettled(joining);
      const entered = results.flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
      assertEquals(entered.length, 2 * PEOPLE + WANTED);
      // Read from a snapshot, as there are more entries than it takes.
      await using late = await startPresence(nats.urls);
      for (const server of [one, two, late]) await server.has(entered.length);
      assertEquals([two.names(), late.names()], [one.names(), one.names()]);
      for (const each of entered.slice(1)) each.leave("left");
      for (const server of [one, two, late]) await server.has(1);
      assertEquals([...one.errors, ...two.errors, ...late.errors], []);
    },
  });
}

Deno.test({
  name: "a server starts after an administrator of NATS has purged the journal of joins",
  ignore,
  fn: async () => {
    await using nats = await Nats.start();
    await using one = await startPresence(nats.urls);
    await one.join("ann", "ann");
    await admin(nats.nodes[0]!.address, "STREAM.PURGE.chat_presence");
    await using two = await startPresence(nats.urls);
    await two.join("bob", "bob");
    for (const server of [one, two]) await server.has(2);
    assertEquals([one.names().sort(), two.names().sort()], [["ann", "bob"], ["ann", "bob"]]);
    assertEquals([one.errors.length, two.errors.length], [0, 1]);
  },
});
