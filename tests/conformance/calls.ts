/**
 * Single calls as gRPC's interoperability tests make them, and how each must end, whichever library
 * makes it.
 *
 * @module
 */

import { status } from "@grpc/grpc-js";
import { health } from "../../proto/health.ts";
import { chatServer } from "../../proto/mod.ts";
import type { CallOptions } from "./players.ts";

/** A call and its end. */
export interface Call {
  readonly what: string;
  readonly path: string;
  readonly message: Uint8Array;
  readonly options?: CallOptions;
  /** The status code, or those of which libraries choose one; and the status message, if known. */
  readonly ends: { readonly code: number | readonly number[]; readonly details?: string };
}

const NOTHING = new Uint8Array();
const { SendNote, Session } = chatServer;

/** Posts a note. */
function post(
  what: string,
  { name = "ann", message = "hello" }: { readonly name?: string; readonly message?: string },
  ends: Call["ends"],
  options?: CallOptions,
): Call {
  const bytes = SendNote.requestSerialize({ name, message });
  return { what, path: SendNote.path, message: bytes, ends, ...(options && { options }) };
}

const OK = { code: status.OK };

/** Nanoseconds. */
const NS = {
  microsecond: 1_000n,
  millisecond: 1_000_000n,
  second: 1_000_000_000n,
  day: 86_400_000_000_000n,
  year: 31_557_600_000_000_000n,
};

/** Deadlines that a note meets. Beyond 24.8 days, they are longer than a timer can be. */
const LONG: Readonly<Record<string, bigint>> = {
  "10 seconds": 10n * NS.second,
  "a day": NS.day,
  "24 days": 24n * NS.day,
  "25 days": 25n * NS.day,
  "a year": NS.year,
  "200 years": 200n * NS.year,
};

/** Deadlines that a session cannot meet which never joins. */
const SHORT: Readonly<Record<string, bigint>> = {
  "a nanosecond": 1n,
  "a microsecond": NS.microsecond,
  "a millisecond": NS.millisecond,
  "50 milliseconds": 50n * NS.millisecond,
};

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** All calls. */
export const CALLS: readonly Call[] = [
  { what: "an empty request", path: health.Check.path, message: NOTHING, ends: OK },
  post("a note", {}, OK),
  post("characters of all lengths in UTF-8", { message: "aé안💬 %41 %" }, OK),
  post("a status message with every kind of character", { name: "100%é\u0007💬\n" }, {
    code: status.INVALID_ARGUMENT,
    details: 'Name "100%é\\x07💬\\n" contains control or invisible characters',
  }),
  {
    what: "a request that breaks the contract",
    path: SendNote.path,
    message: EVERY_BYTE,
    ends: { code: status.INVALID_ARGUMENT },
  },
  {
    what: "an unknown method",
    path: "/grpc.ChatServer/Nothing",
    message: NOTHING,
    ends: {
      code: status.UNIMPLEMENTED,
      details: "The server does not implement the method /grpc.ChatServer/Nothing",
    },
  },
  {
    what: "an unknown service",
    path: "/grpc.testing.UnimplementedService/UnimplementedCall",
    message: NOTHING,
    ends: {
      code: status.UNIMPLEMENTED,
      details: "The server does not implement the method " +
        "/grpc.testing.UnimplementedService/UnimplementedCall",
    },
  },
  post("custom metadata, also repeated", {}, OK, {
    metadata: [["x-user", "ann"], ["x-user", "bob"], ["x-empty", ""]],
  }),
  post("binary metadata", {}, OK, {
    binary: { "x-every-bin": EVERY_BYTE, "x-empty-bin": NOTHING, "x-odd-bin": new Uint8Array(7) },
  }),
  post("large metadata", {}, OK, { metadata: [["x-large", "v".repeat(12_000)]] }),
  post("too many metadata", {}, { code: status.RESOURCE_EXHAUSTED }, {
    metadata: Array.from({ length: 40 }, (_, i) => [`x-${i}`, "y"] as const),
  }),
  // Some libraries refuse it themselves, since the server says what it allows.
  post("larger metadata", {}, { code: [status.RESOURCE_EXHAUSTED, status.INTERNAL] }, {
    metadata: [["x-large", "v".repeat(16_300)]],
  }),
  post("a call after that, on the same connection", {}, OK),
  post("compression", { message: "x".repeat(1_000) }, {
    code: status.UNIMPLEMENTED,
    details: 'The encoding "gzip" is not accepted: only "identity" is',
  }, { gzip: true }),
  post("the largest note", { message: "x".repeat(16_384) }, OK),
  post("a larger note", { message: "x".repeat(16_385) }, {
    code: status.RESOURCE_EXHAUSTED,
    details: "Note has 16,385 bytes: at most 16,384 are allowed",
  }),
  post("a message larger than any", { message: "x".repeat(2_000_000) }, {
    code: status.RESOURCE_EXHAUSTED,
    details: "Message larger than max: it has 2,000,009 bytes, at most 1,064,960 bytes are allowed",
  }),
  ...Object.entries(LONG).map(([time, timeoutNs]) =>
    post(`a deadline in ${time}`, {}, OK, { timeoutNs })
  ),
];

/** Calls that nobody answers until their deadline. The peer leaves its side open. */
export const LATE_CALLS: readonly Omit<Call, "message">[] = Object.entries(SHORT).map(
  ([time, timeoutNs]) => ({
    what: `a deadline in ${time}`,
    path: Session.path,
    options: { timeoutNs },
    ends: { code: status.DEADLINE_EXCEEDED },
  }),
);
