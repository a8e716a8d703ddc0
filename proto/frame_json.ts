/**
 * The frames of a session in the JSON form of proto3, on the side of the page. A browser loads it as
 * it is, so that it can use no package; it reads only the spelling that the server writes.
 *
 * `json.ts` is the side of the server.
 *
 * @module
 */

import { Action } from "./generated/grpc/Action.ts";
import { Kind } from "./generated/grpc/Kind.ts";
import type {
  AckMessage,
  ChallengeMessage,
  ClientFrameInit,
  CopyMessage,
  FigureMessage,
  FoundMessage,
  GoodbyeMessage,
  NoteMessage,
  OutcomeMessage,
  OwnedNameMessage,
  PersonMessage,
  PositionMessage,
  RefusalMessage,
  RoomInfoMessage,
  RoomListMessage,
  RosterChangeMessage,
  RosterMessage,
  SanctionMessage,
  ServerFrame,
  TopicMessage,
  WelcomeMessage,
} from "./messages.ts";

/** Formats a frame for the server. */
export function encodeClientFrame(frame: ClientFrameInit): string {
  return JSON.stringify(toJson(frame));
}

function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.toBase64();
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "number") return Math.trunc(value); // A frame has no other numbers.
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [jsonName(name), toJson(field)]),
  );
}

/** `max_note_bytes` is `maxNoteBytes` in JSON. */
function jsonName(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/**
 * Parses a frame of the server. Fields that are missing have their defaults, and fields that only
 * newer servers know are dropped.
 *
 * @throws {SyntaxError} if it is not JSON.
 * @throws {TypeError} if it is not a frame.
 */
export function decodeServerFrame(text: string): ServerFrame {
  return serverFrame(JSON.parse(text));
}

/** Converts a value of JSON, or the absence of one. */
type Decode<T> = (value: unknown) => T;

/** The fields of a message. The compiler requires each of them. */
type Fields<T> = { readonly [Name in keyof T]-?: Decode<T[Name]> };

function text(value: unknown = ""): string {
  if (typeof value === "string") return value;
  throw mismatch("a text", value);
}

function flag(value: unknown = false): boolean {
  if (typeof value === "boolean") return value;
  throw mismatch("true or false", value);
}

/** Integers of 64 bits are texts in JSON. */
function whole(value: unknown = 0): number {
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) return number;
  throw mismatch("a whole number", value);
}

/** `NaN` and infinities are texts in JSON. */
function real(value: unknown = 0): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  throw mismatch("a number", value);
}

function bytes(value: unknown = ""): Uint8Array {
  if (typeof value === "string") return Uint8Array.fromBase64(value);
  throw mismatch("bytes", value);
}

/** An enum is its name in JSON, or a number if the server does not know its name either. */
function oneOf(numbers: Readonly<Record<string, number>>): Decode<number> {
  return (value = 0) => {
    if (typeof value === "number" && Number.isInteger(value)) return value;
    // A name that only newer servers know is like a number that only they know.
    if (typeof value === "string") return Object.hasOwn(numbers, value) ? numbers[value]! : -1;
    throw mismatch("a name", value);
  };
}

function list<T>(decode: Decode<T>): Decode<T[]> {
  return (value = []) => {
    if (Array.isArray(value)) return value.map(decode);
    throw mismatch("a list", value);
  };
}

/** A field whose absence is known. */
function optional<T>(decode: Decode<T>): Decode<T | undefined> {
  return (value) => value === undefined ? undefined : decode(value);
}

function message<T>(fields: Fields<T>): Decode<T> {
  const decoders = Object.entries<Decode<unknown>>(fields).map(([name, decode]) =>
    [name, jsonName(name), decode] as const
  );
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw mismatch("a message", value);
    }
    const decoded: Record<string, unknown> = {};
    for (const [name, inJson, decode] of decoders) {
      const field = decode((value as Record<string, unknown>)[inJson] ?? undefined);
      if (field !== undefined) decoded[name] = field;
    }
    return decoded as T; // It has all fields, as the type of `fields` says.
  };
}

/** A message that may be absent. */
function maybe<T>(fields: Fields<T>): Decode<T | null> {
  const decode = message(fields);
  return (value) => value === undefined ? null : decode(value);
}

function mismatch(wanted: string, value: unknown): TypeError {
  return new TypeError(`A frame has ${typeof value} in place of ${wanted}`);
}

const person: Fields<PersonMessage> = { name: text, verified: flag, sessions: whole };
const roster: Fields<RosterMessage> = { people: list(message(person)) };
const position: Fields<PositionMessage> = { history: text, seq: whole };

const topic: Fields<TopicMessage> = {
  text,
  by: text,
  time: whole,
  locked: flag,
  locked_by: text,
};

const welcome: Fields<WelcomeMessage> = {
  room: text,
  name: text,
  head: maybe(position),
  roster: maybe(roster),
  max_note_bytes: whole,
  next: whole,
  identities: flag,
  orders: flag,
  pending: optional(whole),
  awaited: flag,
  operator: optional(flag),
  searches: flag,
  topic: maybe(topic),
};

const note: Fields<NoteMessage> = {
  name: text,
  message: text,
  seq: whole,
  time: whole,
  kind: oneOf(Kind),
  to: text,
  verified: flag,
  to_verified: optional(flag),
};

const ack: Fields<AckMessage> = { id: text, seq: whole };

const refusal: Fields<RefusalMessage> = {
  id: text,
  code: whole,
  reason: text,
  retry_ms: whole,
};

const change: Fields<RosterChangeMessage> = {
  name: text,
  joined: flag,
  reason: text,
  was: text,
  verified: flag,
  sessions: whole,
};

const goodbye: Fields<GoodbyeMessage> = { code: whole, reason: text };
const roomInfo: Fields<RoomInfoMessage> = { name: text, members: whole, topic: text };
const rooms: Fields<RoomListMessage> = { rooms: list(message(roomInfo)), more: whole };
const challenge: Fields<ChallengeMessage> = { nonce: bytes, server: bytes, password: flag };

const sanction: Fields<SanctionMessage> = {
  action: oneOf(Action),
  whom: text,
  name: text,
  by: text,
  reason: text,
  time: whole,
  until: whole,
};

const figure: Fields<FigureMessage> = { name: text, value: real };

const ownedName: Fields<OwnedNameMessage> = {
  name: text,
  key: text,
  time: whole,
  seen: whole,
  spoken: flag,
};

const outcome: Fields<OutcomeMessage> = {
  code: whole,
  words: text,
  sanctions: list(message(sanction)),
  figures: list(message(figure)),
  names: list(message(ownedName)),
  retry_ms: whole,
};

const found: Fields<FoundMessage> = {
  notes: list(message(note)),
  searched: whole,
  last: flag,
  more: flag,
  code: whole,
  reason: text,
  retry_ms: whole,
};

const copy: Fields<CopyMessage> = { notes: whole, size: whole, piece: bytes };

const serverFrame = message<ServerFrame>({
  welcome: maybe(welcome),
  lost: whole,
  notes: list(message(note)),
  acks: list(message(ack)),
  refusals: list(message(refusal)),
  changes: list(message(change)),
  roster: maybe(roster),
  goodbye: maybe(goodbye),
  rooms: maybe(rooms),
  challenge: maybe(challenge),
  outcomes: list(message(outcome)),
  copy: maybe(copy),
  mutes: list(message(sanction)),
  found: list(message(found)),
  topic: maybe(topic),
});
