import { type HostilePeer, zeros } from "../support/wire/attack.ts";
import {
  callHeaders,
  concat,
  FLAG,
  frame,
  headerField,
  openCall,
  PREFACE,
  repeat,
  TYPE,
} from "../support/wire/raw_http2.ts";

const GREETING = concat(PREFACE, frame({ type: TYPE.settings }));

/** A call with all its header fields. */
function call(fields: Readonly<Record<string, string>>): Uint8Array {
  const block = Object.entries(fields).map(([name, value]) => headerField(name, value));
  return frame({ type: TYPE.headers, flags: FLAG.endHeaders, stream: 1 }, concat(...block));
}

const FIELDS = {
  ":method": "POST",
  ":scheme": "http",
  ":path": "/grpc.ChatServer/Session",
  ":authority": "localhost",
  "content-type": "application/grpc",
};

/** Calls that are answered at once, without reading what follows. */
const ANSWERED: readonly [what: string, call: Uint8Array][] = [
  ["a call of no method", openCall(1, "Nothing")],
  ["a call that is not gRPC", call({ ...FIELDS, "content-type": "text/html" })],
  ["a call by GET", call({ ...FIELDS, ":method": "GET" })],
  ["a call to an unknown path", call({ ":method": "CONNECT", ":authority": "localhost" })],
  ["a compressed call", call({ ...FIELDS, "grpc-encoding": "gzip" })],
  ["a call with an expired deadline", call({ ...FIELDS, "grpc-timeout": "1n" })],
  ["a valid call", openCall(1, "Session")],
];

/** The reasons for which the server cuts a connection. */
const CUT_FOR: readonly [what: string, bytes: Uint8Array][] = [
  [
    "header fields that are too long",
    concat(
      frame({ type: TYPE.headers, stream: 3 }, zeros(8_000)),
      frame({ type: TYPE.continuation, stream: 3 }, zeros(8_400)),
    ),
  ],
  [
    "520 calls",
    concat(...Array.from({ length: 520 }, (_, i) =>
      frame(
        { type: TYPE.headers, flags: FLAG.endHeaders, stream: 2 * i + 3 },
        callHeaders("Nothing"),
      ))),
  ],
  ["31,000 frames", repeat(frame({ type: 200 }), 31_000)],
  ["8,000 PINGs", repeat(frame({ type: TYPE.ping }, zeros(8)), 8_000)],
  [
    "a reset, and 8,000 PINGs",
    concat(
      frame({ type: TYPE.rstStream, stream: 1 }, zeros(4)),
      repeat(frame({ type: TYPE.ping }, zeros(8)), 8_000),
    ),
  ],
];

/**
 * Peers that are cut while a call of theirs awaits its answer: the stream for the answer may be
 * gone by then. Once with everything in one write, and once with the call sent first.
 */
export const CUTS: readonly [does: string, sends: HostilePeer["sends"]][] = ANSWERED.flatMap(
  ([what, call]) =>
    CUT_FOR.flatMap(([reason, bytes]): [string, HostilePeer["sends"]][] => {
      const parts = [concat(GREETING, call), bytes];
      return [
        [
          `sends ${what} and ${reason} at once`,
          (round) => round === 0 ? concat(...parts) : undefined,
        ],
        [`sends ${what} and then ${reason}`, (round) => parts[round]],
      ];
    }),
);
