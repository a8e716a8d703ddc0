import type { Buffer } from "node:buffer";
import type { Names, NameUse } from "../../room/state/names.ts";
import type { Room } from "../../room/state/room.ts";
import type { Rooms } from "../../room/state/rooms.ts";
import type { AdmissionOptions, JoinRequest } from "../access/admission.ts";
import type { Peer } from "../access/authenticate.ts";
import type { Moderation, OpenSession } from "../access/moderation.ts";
import type { RateLimits } from "../access/rate_limits.ts";
import type { CallStatus } from "../events/refusal.ts";
import type { TracePosts } from "../metrics/post_trace.ts";
import type { RefusedItem } from "../net/flood_meter.ts";

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

/** The services that sessions use, and their bounds. */
export interface SessionOptions extends AdmissionOptions {
  readonly rooms: Rooms;
  /** The names in use, and their owners. */
  readonly names: Names;
  /** Executes operators' commands. */
  readonly moderation: Moderation;
  /** All open sessions. A session is in the set from its welcome to its end. */
  readonly sessions: Set<OpenSession>;
  /** Called with the number of notes sent to a reader. */
  readonly delivered: (notes: number) => void;
  /** Starts a trace for posts. Default: no tracing. */
  readonly tracePosts?: TracePosts | undefined;
  /** The limits per person. */
  readonly rateLimits: RateLimits;
  /** The largest message, in bytes of UTF-8. */
  readonly maxNoteBytes: number;
  /** How many posts may be unanswered before the session pauses reading. */
  readonly maxInFlight: number;
}
