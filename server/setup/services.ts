import { LIMITS } from "../../room/limits.ts";
import { isSameName } from "../../room/note.ts";
import { Sanctions } from "../../room/sanctions.ts";
import { Names } from "../../room/state/names.ts";
import { Rooms } from "../../room/state/rooms.ts";
import type { NamesElsewhere, SharedRosters } from "../../room/state/shared_rosters.ts";
import { Availability, unavailableError } from "../access/availability.ts";
import { Moderation } from "../access/moderation.ts";
import { endSessionsIn } from "../access/removal.ts";
import { OwnNames } from "../access/own_names.ts";
import { OtherServers, type Requests } from "../access/other_servers.ts";
import { createRateLimits } from "../access/rate_limits.ts";
import { batchPerTick, SearchSchedule, yieldToEventLoop } from "../event_loop.ts";
import { every } from "../every.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { CHECK_INTERVAL_MS, SlowReaders } from "../metrics/slow_readers.ts";
import { toStats } from "../metrics/stats.ts";
import type { ChatServices } from "../session/services.ts";
import { Backups } from "../storage/backups.ts";
import type { Store } from "../storage/store.ts";

/**
 * The interval for dropping notes beyond the retention, names that are free again, and expired
 * sanctions, in milliseconds.
 */
const TRIM_INTERVAL_MS = 10_000;

/** Why a server that shares its chat makes no backup: its file is a part of what the engine has. */
const ENGINE_HAS_ALL =
  "The engine of this server has all data: back it up there, or use chat export --cluster";

/** What the servers of a shared chat know of each other. */
export interface SharedPresence {
  readonly presence: SharedRosters & NamesElsewhere;
  readonly requests: Requests;
  /** The time by which bans expire and unused names are released. */
  now(): number;
  readonly onError: (error: unknown) => void;
}

/** Opens the services that calls use; `stack` closes them. */
export async function openServices(
  store: Store,
  stack: AsyncDisposableStack,
  { metrics, shared, ...parts }:
    & Pick<ChatServices, "server" | "gate" | "sessions" | "bounds" | "report">
    & { readonly metrics: Metrics; readonly shared: SharedPresence | undefined },
): Promise<ChatServices> {
  const { bounds, sessions, report } = parts;
  const backups = stack.use(new Backups(store, shared && ENGINE_HAS_ALL));
  const onError = shared?.onError ?? ((error: unknown) => report({ type: "error", error }));
  const options = { ...bounds, awayMs: LIMITS.awayMs, now: Date.now, onError };
  const now = shared ? () => shared.now() : Date.now;
  const names = await Names.open(store, {
    ...options,
    now,
    isOwnerPresent: shared && ((name, key) => shared.presence.isUsedBy(key, name)),
    findGuest: shared && ((name) => shared.presence.findGuest(name)),
  });
  // Once everyone has left. Other servers go on, and know the last visits to within an hour.
  if (!shared) stack.defer(() => names.sweep());
  const sanctions = await Sanctions.open(store, now);
  const rooms = await Rooms.open(store, {
    ...options,
    defer: batchPerTick(),
    yieldToEventLoop: yieldToEventLoop(),
    observer: {
      appending: () => metrics.appending(),
      dropped: (room, notes) => report({ type: "retention", room, notes }),
    },
    rosters: shared?.presence,
    onRemoved: (room, words) => endSessionsIn(room, words, sessions),
    onFailed: (room) => sessions.end(unavailableError(), (each) => isSameName(each.room, room)),
  });
  stack.use(every(TRIM_INTERVAL_MS, () => {
    void rooms.trim().catch(onError);
    void names.sweep();
    void sanctions.dropExpired().catch(onError);
  }));
  const slow = new SlowReaders(report);
  stack.use(every(CHECK_INTERVAL_MS, () => slow.check(sessions)));
  const availability = new Availability();
  const services = { ...parts, availability, names, sanctions, rooms, backups };
  const others = shared && new OtherServers(shared.requests, parts);
  const stats = () => toStats(metrics.all);
  return {
    ...services,
    ownNames: new OwnNames(services),
    moderation: new Moderation({ ...services, others, now: Date.now, stats }),
    rateLimits: createRateLimits(bounds),
    searchTurns: new SearchSchedule(),
    delivered: (notes) => metrics.delivered(notes),
  };
}
