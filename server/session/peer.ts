import type { Buffer } from "node:buffer";
import type { ServerIdentity } from "../../proto/identity/proof.ts";
import type { Sanctions } from "../../room/sanctions.ts";
import type { Names, NameUse } from "../../room/state/names.ts";
import type { Room } from "../../room/state/room.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import type { JoinRequest } from "../access/admission.ts";
import type { Peer } from "../access/authenticate.ts";
import type { Gate } from "../access/gate.ts";
import type { Moderation } from "../access/moderation.ts";
import type { RateLimits } from "../access/rate_limits.ts";
import type { Sessions } from "../access/sessions.ts";
import type { Bounds } from "../bounds.ts";
import type { Report } from "../events/event.ts";
import type { CallStatus } from "../events/refusal.ts";
import type { TracePosts } from "../metrics/post_trace.ts";
import type { RefusedItem } from "../net/flood_meter.ts";
import type { Backups } from "../storage/backups.ts";

/** The peer of a session, as seen by the transport. */
export interface SessionPeer extends Peer {
  /** Called once it has joined. */
  readonly joined: () => void;
  /** Called for each accepted post, with the length of its message. */
  readonly posted: (length: number) => void;
  /**
   * Called for each refusal.
   *
   * @throws {ChatError} `limited`, after too many.
   */
  readonly refused: (what: RefusedItem) => void;
  /** Sends the last bytes without waiting. */
  readonly writeLast: (frame: Buffer) => void;
  /** Ends the session with a status. */
  readonly refuse: (status: CallStatus) => void;
}

/** The data of a joined session. */
export interface SessionContext {
  readonly peer: SessionPeer;
  readonly room: Room;
  readonly request: JoinRequest;
  /** The name in use; undefined for a session that reserves none. */
  readonly name: NameUse | undefined;
  /** The position of the first note to send. */
  readonly start: number;
}

/** The parts of a server that serve its sessions; there is one of each. */
export interface SessionOptions {
  /** Identifies the server to clients. */
  readonly server: ServerIdentity;
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
  /** Copies all data, for operators. */
  readonly backups: Backups;
  readonly rateLimits: RateLimits;
  readonly bounds: Bounds;
  /** Called for each event. */
  readonly report: Report;
  /** Called with the number of notes that are sent to a reader. */
  readonly delivered: (notes: number) => void;
  /** Traces posts. Default: they are not traced. */
  readonly tracePosts?: TracePosts | undefined;
}
