import { assertEquals } from "@std/assert";
import { chatServer, type ClientFrame } from "../../../../proto/mod.ts";
import { type Sanction, Sanctions } from "../../../../room/sanctions.ts";
import { Names } from "../../../../room/state/names.ts";
import { Rooms } from "../../../../room/state/rooms.ts";
import type { Topic } from "../../../../room/topic.ts";
import { Availability } from "../../../../server/access/availability.ts";
import { Gate } from "../../../../server/access/gate.ts";
import { Moderation } from "../../../../server/access/moderation.ts";
import { OwnNames } from "../../../../server/access/own_names.ts";
import { RateLimits } from "../../../../server/access/rate_limits.ts";
import { Sessions } from "../../../../server/access/sessions.ts";
import { resolveBounds } from "../../../../server/bounds.ts";
import { SearchSchedule } from "../../../../server/event_loop.ts";
import type { CallStatus } from "../../../../server/events/refusal.ts";
import { serveSession } from "../../../../server/session/serve_session.ts";
import type { ChatServices } from "../../../../server/session/services.ts";
import { Backups } from "../../../../server/storage/backups.ts";
import { MemoryStore } from "../../../../server/storage/memory/store.ts";

const NONE = { perSecond: 0, burst: 1 };
const EVE = "10.0.0.1";

function sanction(kind: "ban" | "mute"): Sanction {
  return { kind, principal: EVE, name: "eve", by: "ann", reason: "", time: 0 };
}

/** A server without a transport, whose store is as slow as the test wants. */
async function makeServer() {
  const store = new MemoryStore({ notes: 9, ageMs: Infinity, bytes: Infinity });
  const opening = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const slow = {
    rooms: () => store.rooms(),
    remove: (room: string) => store.remove(room),
    topics: () => store.topics(),
    saveTopic: (room: string, change: () => Topic) => store.saveTopic(room, change),
    async open(room: string) {
      opening.resolve();
      await ready.promise;
      return await store.open(room);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const now = () => 0;
  const onError = (error: unknown) => {
    throw error;
  };
  const world = { now, onError, defer: queueMicrotask, yieldToEventLoop: () => Promise.resolve() };
  const rooms = await Rooms.open(slow, { ...world, maxRooms: 9, maxMembers: 9 });
  const names = await Names.open(store, { ...world, maxNames: 9, maxOwned: 9, awayMs: 1 });
  const sanctions = await Sanctions.open(store, now);
  const gate = await Gate.create({});
  const sessions = new Sessions();
  const report = () => {};
  const availability = new Availability();
  const parts = { availability, rooms, names, sanctions, gate, sessions, report };
  const services = {
    ...parts,
    ownNames: new OwnNames(parts),
    moderation: new Moderation({ ...parts, now, stats: () => [] }),
    rateLimits: new RateLimits({
      ...{ notes: NONE, joins: NONE, rooms: NONE, names: NONE, searches: NONE, topics: NONE },
      orders: NONE,
      now,
    }),
    searchTurns: new SearchSchedule(),
    server: { transport: "plain", id: store.id } as const,
    delivered: () => {},
    backups: new Backups(store),
    bounds: resolveBounds({ maxNoteBytes: 99, maxInFlight: 9 }),
  };
  return { ...parts, services, opening: opening.promise, ready: ready.resolve };
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
