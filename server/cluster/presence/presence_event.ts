/**
 * The entries of the journal of joins and leaves. They are JSON: they are few, and a server that
 * does not know a new field ignores it.
 *
 * @module
 */

import { isCount, isFlag, isOneOf, isText, objectOf, optional } from "../shape.ts";

/**
 * A session asks to enter a room. All servers decide alike whether it has. If their versions differ
 * in the rules for names, some may decide otherwise than its server: one that it refuses leaves by an
 * event, but one that it alone accepts is missing from the others' rosters until it joins again.
 */
export interface SessionJoin {
  readonly type: "join";
  /** The id of its server. */
  readonly server: string;
  /** Its number on that server. */
  readonly session: number;
  /** The name of the room, as it wrote it. */
  readonly room: string;
  readonly name: string;
  /** The fingerprint of the proven key; undefined without one. */
  readonly key?: string | undefined;
  /** The identity of a session without a key. */
  readonly guest?: string | undefined;
  /** A keyed hash of the client's secret. */
  readonly client: string;
  readonly attempt: number;
  readonly unlisted: boolean;
  /** The bound of its server, so that others with another bound decide alike. */
  readonly maxMembers: number;
}

/** A session has left. */
export interface SessionLeave {
  readonly type: "leave";
  readonly server: string;
  readonly session: number;
  readonly reason: string;
}

/** A server has stopped, or does not answer: its sessions have left, and more must not follow. */
export interface ServerGone {
  readonly type: "gone";
  readonly server: string;
}

/** What the journal had is lost: all sessions have left, and those that are there join again. */
export interface JournalLost {
  readonly type: "lost";
}

/** An entry of the journal. */
export type PresenceEvent = SessionJoin | SessionLeave | ServerGone | JournalLost;

/** Whether a value is a join. */
export const isJoin = objectOf({
  ...{ type: isOneOf("join"), server: isText, session: isCount, room: isText, name: isText },
  ...{ key: optional(isText), guest: optional(isText), client: isText, attempt: isCount },
  ...{ unlisted: isFlag, maxMembers: isCount },
});

const CHECKS = new Map([
  ["join", isJoin],
  ["leave", objectOf({ server: isText, session: isCount, reason: isText })],
  ["gone", objectOf({ server: isText })],
  ["lost", objectOf({})],
]);

/** Encodes an event. */
export function encodeEvent(event: PresenceEvent): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(event));
}

/**
 * Decodes an event; undefined if a later version has added its type.
 *
 * @throws {Error} if it is none.
 */
export function decodeEvent(data: Uint8Array): PresenceEvent | undefined {
  const event: PresenceEvent | null = JSON.parse(new TextDecoder().decode(data));
  const isEvent = CHECKS.get(String(event?.type));
  if (isText(event?.type) && !isEvent) return undefined;
  if (isEvent?.(event)) return event!;
  throw new TypeError("The journal of joins has an entry that is none: it is passed over");
}
