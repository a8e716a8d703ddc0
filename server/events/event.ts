import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import type { ModerationAction } from "../../room/moderation.ts";

/** Who something is about, as far as it is known. */
export interface EventSubject {
  /** The name that they speak, or wanted to speak, under. */
  readonly name?: string | undefined;
  /** The fingerprint of the key that they have proven to have. */
  readonly key?: string | undefined;
  /** Where they are: an address without a port, or `unix` on a Unix socket. */
  readonly address?: string | undefined;
  /** The room. */
  readonly room?: string | undefined;
}

/** An event that is reported only so often. */
export interface Throttled {
  /** How many of the kind there were since the last one that was reported, besides this one. */
  readonly more?: number | undefined;
}

/** What kind of thing was refused: an error's, or a bound on connections. */
export type RefusalKind =
  | ChatErrorCode
  | "connections"
  | "connections per address"
  | "flood"
  | "slow";

/** The server has started. */
export interface StartEvent {
  /** What kind of event this is. */
  readonly type: "start";
  /** Where it listens. */
  readonly address: string;
  /** The process. */
  readonly pid: number;
  /** Whether it speaks TLS. */
  readonly encrypted: boolean;
  /** The SHA-256 of its certificate, if it does. */
  readonly fingerprint?: string | undefined;
  /** Where its metrics are, if they are anywhere. */
  readonly metrics?: string | undefined;
  /** The file that keeps the notes, or `:memory:`. */
  readonly data: string;
  /** How many notes each room keeps. */
  readonly keep: number;
  /** For how many milliseconds. */
  readonly keepAgeMs: number;
  /** And how many bytes of text. */
  readonly keepBytes: number;
}

/** The server begins to stop. */
export interface StopEvent {
  /** What kind of event this is. */
  readonly type: "stop";
}

/** A session joined a room; one that is unlisted is no member of it. */
export interface JoinEvent extends EventSubject, Throttled {
  /** What kind of event this is. */
  readonly type: "join";
  /** Whether it is no member. */
  readonly unlisted: boolean;
}

/** A session left its room. */
export interface LeaveEvent extends EventSubject, Throttled {
  /** What kind of event this is. */
  readonly type: "leave";
  /** Why, in words. */
  readonly reason: string;
}

/** Something was refused. */
export interface RefusedEvent extends EventSubject, Throttled {
  /** What kind of event this is. */
  readonly type: "refused";
  /** By what kind of rule. */
  readonly kind: RefusalKind;
  /** Why, in words, with the bound. */
  readonly reason: string;
}

/** An operator changed who may be here, or speak, made a name nobody's, or removed a room. */
export interface ModerationEvent {
  /** What kind of event this is. */
  readonly type: ModerationAction;
  /** Who did it. */
  readonly by: string;
  /** By which key. */
  readonly key: string;
  /** The name of whom it concerns; empty if that is a room. */
  readonly name: string;
  /** The key or the network by which they are known; empty likewise. */
  readonly whom: string;
  /** The room, for what concerns one room only. */
  readonly room?: string | undefined;
  /** Until when it holds, in milliseconds since the Unix epoch; without it, for good. */
  readonly until?: number | undefined;
  /** Why, in the operator's words; may be empty. */
  readonly reason: string;
}

/** A reader has taken nothing for some seconds, while there was something for it. */
export interface SlowEvent extends EventSubject, Throttled {
  /** What kind of event this is. */
  readonly type: "slow";
  /** How many notes it is behind. */
  readonly behind: number;
}

/** Retention has dropped the oldest notes of a room. */
export interface RetentionEvent {
  /** What kind of event this is. */
  readonly type: "retention";
  /** The room. */
  readonly room: string;
  /** How many. */
  readonly notes: number;
}

/** An operator has got a copy of all that is kept, or as much of it as they have taken. */
export interface BackupEvent extends EventSubject {
  /** What kind of event this is. */
  readonly type: "backup";
  /** How large it is, in bytes. */
  readonly bytes: number;
}

/** Something went wrong that is the server's own fault, or its machine's. */
export interface ErrorEvent extends EventSubject, Throttled {
  /** What kind of event this is. */
  readonly type: "error";
  /** What was thrown. */
  readonly error: unknown;
}

/** No more connections come in at an address; those that are open go on. */
export interface OutageEvent {
  /** What kind of event this is. */
  readonly type: "outage";
  /** Where the server listens. */
  readonly address: string;
  /** Why, in words. */
  readonly reason: string;
}

/** Connections come in again after an outage. */
export interface RecoveryEvent {
  /** What kind of event this is. */
  readonly type: "recovery";
  /** Where the server listens. */
  readonly address: string;
  /** How long the outage was, as far as the server knows. */
  readonly seconds: number;
}

/** The system allows less than the options do. */
export interface ShortageEvent {
  /** What kind of event this is. */
  readonly type: "shortage";
  /** Of what, and what follows from it, in words. */
  readonly reason: string;
}

/** What happens on a server, for those who run it. No secret is in it, and nothing that was said. */
export type ServerEvent =
  | StartEvent
  | StopEvent
  | JoinEvent
  | LeaveEvent
  | RefusedEvent
  | ModerationEvent
  | BackupEvent
  | SlowEvent
  | RetentionEvent
  | OutageEvent
  | RecoveryEvent
  | ShortageEvent
  | ErrorEvent;

/** Hears of what happens. */
export type Report = (event: ServerEvent) => void;

/**
 * What is to be reported of an error that somebody is told of. What is not available for a cause
 * is the server's own trouble: its disk is full.
 */
export function errorEvent(error: unknown, subject: EventSubject): RefusedEvent | ErrorEvent {
  const isTrouble = !(error instanceof ChatError) ||
    error.code === "unavailable" && error.cause !== undefined;
  return isTrouble
    ? { type: "error", error, ...subject }
    : { type: "refused", kind: error.code, reason: error.message, ...subject };
}
