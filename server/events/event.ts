import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import type { ModerationAction } from "../../room/moderation.ts";

/** The peer that an event is about, as far as known. */
export interface EventSubject {
  /** The name that the peer uses, or wanted to use. */
  readonly name?: string | undefined;
  /** The fingerprint of its proven key. */
  readonly key?: string | undefined;
  /** Its address without a port, or `unix` for a Unix socket. */
  readonly address?: string | undefined;
  /** The room. */
  readonly room?: string | undefined;
}

/** An event whose reports are rate-limited. */
export interface Throttled {
  /** The number of events of this kind that were suppressed since the last report. */
  readonly more?: number | undefined;
}

/** The reason for a refusal: the code of an error, or a bound on connections. */
export type RefusalKind =
  | ChatErrorCode
  | "connections"
  | "connections per address"
  | "flood"
  | "slow";

/** The server has started. */
export interface StartEvent {
  /** The kind of event. */
  readonly type: "start";
  /** The address it listens on. */
  readonly address: string;
  /** The process. */
  readonly pid: number;
  /** Whether it speaks TLS. */
  readonly encrypted: boolean;
  /** The SHA-256 of its certificate, if it does. */
  readonly fingerprint?: string | undefined;
  /** The address of its metrics, if it serves them. */
  readonly metrics?: string | undefined;
  /** The data file, or `:memory:`. */
  readonly data: string;
  /** The name of the chat on the engine, if it is shared with other servers. */
  readonly cluster?: string | undefined;
  /** The number of notes that each room keeps. */
  readonly keep: number;
  /** The time for which each room keeps notes, in milliseconds. */
  readonly keepAgeMs: number;
  /** The number of bytes of text that each room keeps. */
  readonly keepBytes: number;
}

/** The server is stopping. */
export interface StopEvent {
  /** The kind of event. */
  readonly type: "stop";
}

/** A session joined a room. An unlisted session is not a member of it. */
export interface JoinEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "join";
  /** Whether the session is not a member. */
  readonly unlisted: boolean;
}

/** A person in a room took another name: a session replaced one of the same client. */
export interface RenameEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "rename";
  /** The previous name. */
  readonly was: string;
}

/**
 * A client joined again under its name, to read further back or to reconnect: a session replaced one
 * of the same client.
 */
export interface RejoinEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "rejoin";
}

/** A session left its room. */
export interface LeaveEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "leave";
  /** The reason. */
  readonly reason: string;
}

/** A note, session, connection or command was refused. */
export interface RefusedEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "refused";
  /** The kind of rule that was broken. */
  readonly kind: RefusalKind;
  /** The reason, with the bound. */
  readonly reason: string;
}

/**
 * An operator kicked a session, changed a sanction, released a name, removed a room, or locked or
 * unlocked a topic.
 */
export interface ModerationEvent {
  /** The kind of event. */
  readonly type: ModerationAction;
  /** The operator's name. */
  readonly by: string;
  /** The operator's key. */
  readonly key: string;
  /** The name that was acted on; empty for a room or a topic. */
  readonly name: string;
  /** The key or network with that name; empty for a room or a topic. */
  readonly whom: string;
  /** The room, if the action concerns a single room. */
  readonly room?: string | undefined;
  /** The end of the sanction, in milliseconds since the Unix epoch; undefined if permanent. */
  readonly until?: number | undefined;
  /** The reason the operator gave; may be empty. */
  readonly reason: string;
}

/** A person gave back a name of theirs, so that it belongs to the next key that uses it. */
export interface DropEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "drop";
  /** The name. */
  readonly dropped: string;
}

/** A person has set or removed the topic of a room. */
export interface TopicChangeEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "topic";
  /** What they did; the text is not reported. */
  readonly change: "set" | "removed";
}

/** A reader stalled for some seconds while notes were pending. */
export interface SlowEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "slow";
  /** The number of pending notes. */
  readonly behind: number;
}

/** Retention dropped the oldest notes of a room. */
export interface RetentionEvent {
  /** The kind of event. */
  readonly type: "retention";
  /** The room. */
  readonly room: string;
  /** The number of dropped notes. */
  readonly notes: number;
}

/** An operator downloaded a backup, or part of one. */
export interface BackupEvent extends EventSubject {
  /** The kind of event. */
  readonly type: "backup";
  /** The number of bytes sent. */
  readonly bytes: number;
}

/** An error that is the fault of the server or its machine. */
export interface ErrorEvent extends EventSubject, Throttled {
  /** The kind of event. */
  readonly type: "error";
  /** The thrown value. */
  readonly error: unknown;
}

/** An address has stopped accepting connections. Open ones are not affected. */
export interface OutageEvent {
  /** The kind of event. */
  readonly type: "outage";
  /** The address on which the server listens. */
  readonly address: string;
  /** The reason. */
  readonly reason: string;
}

/** An address accepts connections again. */
export interface RecoveryEvent {
  /** The kind of event. */
  readonly type: "recovery";
  /** The address on which the server listens. */
  readonly address: string;
  /** The length of the outage in seconds, as far as known. */
  readonly seconds: number;
}

/** The system allows less than the options ask for. */
export interface ShortageEvent {
  /** The kind of event. */
  readonly type: "shortage";
  /** The missing resource, and the consequence. */
  readonly reason: string;
}

/** The engine that the server shares its chat through has become available, or is not any more. */
export interface EngineEvent {
  /** The kind of event. */
  readonly type: "engine";
  /**
   * `awaited`: the server cannot start without the engine, and tries again; `away`: the connection
   * is lost, or nothing has been stored for 5 seconds; `down`: it has been away for so long that
   * clients are sent to other servers; `back`: it is there again.
   */
  readonly state: "awaited" | "away" | "down" | "back";
  /** Why the engine is awaited. */
  readonly reason?: string | undefined;
  /** The length of the interruption so far, in seconds. */
  readonly seconds?: number | undefined;
}

/** Another server of the same chat was noticed, or is gone. */
export interface OtherServerEvent {
  /** The kind of event. */
  readonly type: "server";
  /** `seen`: it is running; `gone`: it has stopped, or has not been heard of for some seconds. */
  readonly state: "seen" | "gone";
  /** Identifies the other server, until it stops. */
  readonly server: string;
  /** The number of running servers, including this one. */
  readonly servers: number;
}

/** The clocks of this machine and of the engine are too far apart. */
export interface ClockEvent {
  /** The kind of event. */
  readonly type: "clock";
  /** The engine's time minus this machine's, in seconds. */
  readonly seconds: number;
}

/** An event on the server, for its administrator. It contains no secrets and no messages. */
export type ServerEvent =
  | StartEvent
  | StopEvent
  | JoinEvent
  | RenameEvent
  | RejoinEvent
  | LeaveEvent
  | RefusedEvent
  | ModerationEvent
  | TopicChangeEvent
  | BackupEvent
  | DropEvent
  | SlowEvent
  | RetentionEvent
  | OutageEvent
  | RecoveryEvent
  | ShortageEvent
  | EngineEvent
  | OtherServerEvent
  | ClockEvent
  | ErrorEvent;

/** Called for each event. */
export type Report = (event: ServerEvent) => void;

/**
 * Returns the event for an error that was sent to a peer. `unavailable` with a cause (a full disk,
 * say) is the server's own fault.
 */
export function errorEvent(error: unknown, subject: EventSubject): RefusedEvent | ErrorEvent {
  const isTrouble = !(error instanceof ChatError) ||
    error.code === "unavailable" && error.cause !== undefined;
  return isTrouble
    ? { type: "error", error, ...subject }
    : { type: "refused", kind: error.code, reason: error.message, ...subject };
}
