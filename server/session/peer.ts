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

/** The other end of a session, as the transport shows it. */
export interface SessionPeer extends Peer {
  /** Hears that it has joined. */
  readonly joined: () => void;
  /** Hears that it has posted something, by the length of the message. */
  readonly posted: (length: number) => void;
  /**
   * Hears that something of it was refused.
   *
   * @throws {ChatError} `limited`, once that was so too often.
   */
  readonly refused: (what: RefusedItem) => void;
  /** Sends the last bytes to it, without waiting. */
  readonly writeLast: (frame: Buffer) => void;
  /** Tells it that it is not let in. */
  readonly refuse: (status: CallStatus) => void;
}

/** Who has joined, and what. */
export interface SessionContext {
  readonly peer: SessionPeer;
  readonly room: Room;
  readonly request: JoinRequest;
  /** Their name in use; undefined for a session that reserves none. */
  readonly name: NameUse | undefined;
  /** The position of the first note that they get. */
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
  /** Copies all that is kept, for operators. */
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
