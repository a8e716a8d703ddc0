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

/** What sessions are about, and their bounds. */
export interface SessionOptions extends AdmissionOptions {
  /** The rooms. */
  readonly rooms: Rooms;
  /** Whose names are whose. */
  readonly names: Names;
  /** Does what operators want. */
  readonly moderation: Moderation;
  /** All who are here; a session is among them from its welcome to its end. */
  readonly sessions: Set<OpenSession>;
  /** Hears of notes that are sent to a reader, by their number. */
  readonly delivered: (notes: number) => void;
  /** Follows posts. Default: nobody does. */
  readonly tracePosts?: TracePosts | undefined;
  /** What people may use up. */
  readonly rateLimits: RateLimits;
  /** The largest message, in bytes of UTF-8. */
  readonly maxNoteBytes: number;
  /** How many posts may be unanswered before the session stops reading more. */
  readonly maxInFlight: number;
}
