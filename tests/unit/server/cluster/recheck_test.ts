import { assertEquals } from "@std/assert";
import { chatServer, type ClientFrame } from "../../../../proto/mod.ts";
import type { Sanction } from "../../../../room/sanctions.ts";
import type { CallStatus } from "../../../../server/events/refusal.ts";
import { serveSession } from "../../../../server/session/serve_session.ts";
import type { ChatServices } from "../../../../server/session/services.ts";
import { makeServices } from "../chat_services.ts";

const EVE = "10.0.0.1";

function sanction(kind: "ban" | "mute"): Sanction {
  return { kind, principal: EVE, name: "eve", by: "ann", reason: "", time: 0 };
}

/** A server without a transport, whose store is as slow as the test wants. */
async function makeServer() {
  const opening = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const parts = await makeServices((memory) => ({
    rooms: () => memory.rooms(),
    remove: (room) => memory.remove(room),
    topics: () => memory.topics(),
    saveTopic: (room, change) => memory.saveTopic(room, change),
    async open(room) {
      opening.resolve();
      await ready.promise;
      return await memory.open(room);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }));
  return { ...parts, opening: opening.promise, ready: ready.resolve };
}

/** Lets eve join, and returns the refusal, or undefined if she is admitted. */
async function join(
  services: ChatServices,
): Promise<CallStatus | undefined> {
  const left = new AbortController();
  let refused: CallStatus | undefined;
  const frames = (async function* (): AsyncGenerator<ClientFrame> {
    const { requestSerialize, requestDeserialize } = chatServer.Session;
    const join = { name: "eve", room: "dev", client: "client of eve ..." };
    yield requestDeserialize(requestSerialize({ join }));
  })();
  await serveSession({
    ...{ address: EVE, origin: undefined, frames, isReading: () => true, signal: left.signal },
    ...{ joined() {}, posted() {}, refused() {}, writeLast() {}, write: () => Promise.resolve() },
    refuse: (status) => refused = status,
  }, services);
  return refused;
}

Deno.test("an allowed person joins, even if the room opens slowly", async () => {
  const { services, opening, ready } = await makeServer();
  const joining = join(services);
  await opening;
  ready();
  assertEquals(await joining, undefined);
});

for (const [kind, words] of [["ban", "banned"], ["mute", "muted"]] as const) {
  Deno.test(`a ${kind} issued during a join takes effect before the join completes`, async () => {
    const { services, sanctions, sessions, rooms, opening, ready } = await makeServer();
    const joining = join(services);
    await opening;
    assertEquals(sessions.size, 0); // No session that the operator's order could end.
    await sanctions.impose(sanction(kind));
    ready();
    assertEquals(await joining, { code: 7, details: words, kind: "forbidden" });
    assertEquals(rooms.members, 0);
  });
}

Deno.test("a removal from a list during a join takes effect before the join completes", async () => {
  const { services, gate, rooms, opening, ready } = await makeServer();
  const joining = join(services);
  await opening;
  await gate.setLists({ members: `SHA256:${"A".repeat(43)}` });
  ready();
  const details = "removed from this server's list of keys";
  assertEquals(await joining, { code: 7, details, kind: "forbidden" });
  assertEquals(rooms.members, 0);
});

Deno.test("a server that becomes unavailable during a join refuses it", async () => {
  const { services, availability, rooms, opening, ready } = await makeServer();
  const joining = join(services);
  await opening;
  availability.isAvailable = false;
  ready();
  const details = "This server cannot store notes now: try another one";
  assertEquals(await joining, { code: 14, details, kind: "unavailable" });
  assertEquals(rooms.members, 0);
});
