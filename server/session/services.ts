import type { ServerIdentity } from "../../proto/identity/proof.ts";
import type { Sanctions } from "../../room/sanctions.ts";
import type { Names } from "../../room/state/names.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import type { Availability } from "../access/availability.ts";
import type { Gate } from "../access/gate.ts";
import type { Moderation } from "../access/moderation.ts";
import type { OwnNames } from "../access/own_names.ts";
import type { RateLimits } from "../access/rate_limits.ts";
import type { Sessions } from "../access/sessions.ts";
import type { Bounds } from "../bounds.ts";
import type { SearchSchedule } from "../event_loop.ts";
import type { Report } from "../events/event.ts";
import type { TracePosts } from "../metrics/post_trace.ts";
import type { Backups } from "../storage/backups.ts";

/** The services of a server that its calls use; there is one of each. */
export interface ChatServices {
  /** Identifies the server to clients. */
  readonly server: ServerIdentity;
  /** Whether clients can be served. */
  readonly availability: Availability;
  /** Decides who may join. */
  readonly gate: Gate;
  /** The bans and mutes. */
  readonly sanctions: Sanctions;
  /** The owners of names. */
  readonly names: Names;
  readonly rooms: Rooms;
  /** The open sessions; a session is one of them from its welcome to its end. */
  readonly sessions: Sessions;
  /** Executes the commands of operators. */
  readonly moderation: Moderation;
  /** Executes the commands of everybody about their own names. */
  readonly ownNames: OwnNames;
  /** Copies all data, for operators. */
  readonly backups: Backups;
  readonly rateLimits: RateLimits;
  readonly bounds: Bounds;
  /** The turns of the searches of all sessions. */
  readonly searchTurns: SearchSchedule;
  /** Called for each event. */
  readonly report: Report;
  /** Called with the number of notes that are sent to a reader. */
  readonly delivered: (notes: number) => void;
  /** Traces posts. Default: they are not traced. */
  readonly tracePosts?: TracePosts | undefined;
}
