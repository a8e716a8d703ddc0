import { Sanctions } from "../../../room/sanctions.ts";
import { Names } from "../../../room/state/names.ts";
import { Rooms, type RoomStore } from "../../../room/state/rooms.ts";
import { Availability } from "../../../server/access/availability.ts";
import { Gate } from "../../../server/access/gate.ts";
import { Moderation } from "../../../server/access/moderation.ts";
import { OwnNames } from "../../../server/access/own_names.ts";
import { RateLimits } from "../../../server/access/rate_limits.ts";
import { Sessions } from "../../../server/access/sessions.ts";
import { resolveBounds } from "../../../server/bounds.ts";
import { SearchSchedule } from "../../../server/event_loop.ts";
import { Backups } from "../../../server/storage/backups.ts";
import { MemoryStore } from "../../../server/storage/memory/store.ts";

const NONE = { perSecond: 0, burst: 1 };

/**
 * Makes the services of a server without a transport, on a store in memory. A session may have 9
 * posts in flight.
 *
 * @param toRoomStore Returns the store of the rooms.
 */
export async function makeServices(toRoomStore = (store: MemoryStore): RoomStore => store) {
  const store = new MemoryStore({ notes: 9, ageMs: Infinity, bytes: Infinity });
  const now = () => 0;
  const onError = (error: unknown) => {
    throw error;
  };
  const world = { now, onError, defer: queueMicrotask, yieldToEventLoop: () => Promise.resolve() };
  const rooms = await Rooms.open(toRoomStore(store), { ...world, maxRooms: 9, maxMembers: 9 });
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
  return { ...parts, services };
}
