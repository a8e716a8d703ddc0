import {
  calls,
  EMPTY,
  encode,
  flood,
  headers,
  JOIN,
  setting,
  zeros,
} from "../support/wire/attack.ts";
import {
  callHeaders,
  concat,
  FLAG,
  frame,
  headerField,
  message,
  openCall,
  repeat,
  TYPE,
  uint32,
} from "../support/wire/raw_http2.ts";

/** Frames that no peer may send. */
export const MALFORMED: readonly [does: string, ...frames: Uint8Array[]][] = [
  ["DATA on the connection's stream", frame({ type: TYPE.data }, zeros(8))],
  ["DATA of a call that is not open", frame({ type: TYPE.data, stream: 7 }, zeros(8))],
  [
    "DATA that is padded beyond its end",
    openCall(1, "Session"),
    frame({ type: TYPE.data, flags: FLAG.padded, stream: 1 }, Uint8Array.of(200, 0)),
  ],
  [
    "HEADERS on the connection's stream",
    frame({ type: TYPE.headers, flags: FLAG.endHeaders }, callHeaders("Session")),
  ],
  [
    "HEADERS of a server's stream",
    frame({ type: TYPE.headers, flags: FLAG.endHeaders, stream: 2 }, callHeaders("Session")),
  ],
  [
    "HEADERS that depend on themselves",
    frame(
      { type: TYPE.headers, flags: FLAG.endHeaders | FLAG.priority, stream: 1 },
      concat(uint32(1), Uint8Array.of(1), callHeaders("Session")),
    ),
  ],
  ["HEADERS of an older stream", openCall(5, "Nothing"), openCall(3, "Session")],
  ["HEADERS that end in the middle of a field", headers(callHeaders("Session").subarray(0, 9))],
  ["HEADERS with an unused index", headers(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))],
  ["HEADERS with an endless index", headers(new Uint8Array(64).fill(0xff))],
  [
    "HEADERS with an invalid Huffman code",
    headers(Uint8Array.of(0, 0x84, 0xff, 0xff, 0xff, 0xff, 0)),
  ],
  [
    "HEADERS that demand a larger table",
    headers(concat(Uint8Array.of(0x3f, 0xff, 0xff, 0x7f), callHeaders("Session"))),
  ],
  [
    "HEADERS with other frames between",
    headers(callHeaders("Session"), 0),
    frame({ type: TYPE.ping }, zeros(8)),
  ],
  ["PRIORITY of a wrong length", frame({ type: TYPE.priority, stream: 1 }, zeros(4))],
  [
    "RST_STREAM of a wrong length",
    openCall(1, "Session"),
    frame({ type: TYPE.rstStream, stream: 1 }, zeros(3)),
  ],
  ["RST_STREAM on the connection's stream", frame({ type: TYPE.rstStream }, zeros(4))],
  ["RST_STREAM of a call that is not open", frame({ type: TYPE.rstStream, stream: 9 }, zeros(4))],
  ["SETTINGS of a wrong length", frame({ type: TYPE.settings }, zeros(5))],
  ["SETTINGS of a stream", frame({ type: TYPE.settings, stream: 1 })],
  [
    "SETTINGS that acknowledge with a payload",
    frame({ type: TYPE.settings, flags: FLAG.ack }, zeros(6)),
  ],
  ["SETTINGS with a push that is neither on nor off", setting(2, 2)],
  ["SETTINGS with a window that is too large", setting(4, 2 ** 31)],
  ["SETTINGS with frames that are too small", setting(5, 1)],
  [
    "SETTINGS by the thousand in one frame",
    frame({ type: TYPE.settings }, repeat(Uint8Array.of(0, 99, 0, 0, 0, 1), 2_700)),
  ],
  [
    "PUSH_PROMISE",
    openCall(1, "Session"),
    frame(
      { type: TYPE.pushPromise, flags: FLAG.endHeaders, stream: 1 },
      concat(uint32(2), callHeaders("Session")),
    ),
  ],
  ["PING of a wrong length", frame({ type: TYPE.ping }, zeros(7))],
  ["PING of a stream", frame({ type: TYPE.ping, stream: 1 }, zeros(8))],
  ["PING that acknowledges no other", frame({ type: TYPE.ping, flags: FLAG.ack }, zeros(8))],
  ["GOAWAY of a wrong length", frame({ type: TYPE.goaway }, zeros(7))],
  ["GOAWAY of a stream", frame({ type: TYPE.goaway, stream: 1 }, zeros(8))],
  ["GOAWAY", frame({ type: TYPE.goaway }, zeros(8))],
  ["WINDOW_UPDATE of zero", frame({ type: TYPE.windowUpdate }, uint32(0))],
  [
    "WINDOW_UPDATE beyond the largest window",
    frame({ type: TYPE.windowUpdate }, uint32(2 ** 31 - 1)),
  ],
  ["WINDOW_UPDATE of a wrong length", frame({ type: TYPE.windowUpdate }, zeros(3))],
  [
    "CONTINUATION without HEADERS",
    frame({ type: TYPE.continuation, flags: FLAG.endHeaders, stream: 1 }, zeros(4)),
  ],
  [
    "CONTINUATION of another stream",
    headers(callHeaders("Session"), 0),
    frame({ type: TYPE.continuation, flags: FLAG.endHeaders, stream: 3 }),
  ],
  ["a frame of an unknown type", frame({ type: 200, flags: 255, stream: 1 }, zeros(100))],
  [
    "a frame that claims 16 MiB",
    frame({ type: TYPE.data, stream: 1, length: 2 ** 24 - 1 }, zeros(100)),
  ],
  ["a frame that ends early", frame({ type: TYPE.settings, length: 60 }, zeros(6))],
];

const SESSION = openCall(1, "Session");
const MEMBER = concat(SESSION, message(1, JOIN));
/** A call whose header block has not ended. */
const UNFINISHED = headers(callHeaders("Session"), 0);

/** Too much data that is cheap to send. */
export const FLOODS: readonly [what: string, sends: (round: number) => Uint8Array][] = [
  ["PING", flood(frame({ type: TYPE.ping }, zeros(8)))],
  ["PING acknowledgements", flood(frame({ type: TYPE.ping, flags: FLAG.ack }, zeros(8)))],
  ["SETTINGS", flood(setting(4, 65_535))],
  ["SETTINGS acknowledgements", flood(frame({ type: TYPE.settings, flags: FLAG.ack }))],
  ["WINDOW_UPDATE", flood(frame({ type: TYPE.windowUpdate }, uint32(1)))],
  ["PRIORITY", flood(frame({ type: TYPE.priority, stream: 3 }, concat(uint32(0), zeros(1))))],
  ["frames of an unknown type", flood(frame({ type: 200 }))],
  ["GOAWAY", flood(frame({ type: TYPE.goaway }, zeros(8)))],
  [
    "calls that are reset at once",
    calls(
      50,
      (stream) =>
        concat(openCall(stream, "Session"), frame({ type: TYPE.rstStream, stream }, uint32(8))),
    ),
  ],
  ["calls of no method", calls(50, (stream) => openCall(stream, "Nothing"))],
  ["calls that stay open", calls(50, (stream) => openCall(stream, "Session"))],
  ["empty DATA", flood(frame({ type: TYPE.data, stream: 1 }), { first: SESSION })],
  ["empty messages", flood(message(1, EMPTY), { first: SESSION })],
  ["empty messages of a member", flood(message(1, EMPTY), { first: MEMBER })],
  [
    "requests of a member",
    flood(message(1, encode({ list_rooms: true })), { first: MEMBER }),
  ],
  [
    "empty CONTINUATION",
    flood(frame({ type: TYPE.continuation, stream: 1 }), { first: UNFINISHED }),
  ],
  [
    "long CONTINUATION",
    flood(
      frame({ type: TYPE.continuation, stream: 1 }, headerField("x", "x".repeat(16_000))),
      { first: UNFINISHED, times: 1 },
    ),
  ],
  [
    "header fields",
    calls(1, (stream) =>
      frame(
        { type: TYPE.headers, flags: FLAG.endHeaders, stream },
        concat(callHeaders("Session"), repeat(headerField("x-a", "b"), 1_500)),
      )),
  ],
  [
    "header fields that decompress",
    calls(1, (stream) =>
      frame(
        { type: TYPE.headers, flags: FLAG.endHeaders, stream },
        concat(
          callHeaders("Session"),
          Uint8Array.of(0x40),
          headerField("x-b", "b".repeat(3_900)).subarray(1),
          new Uint8Array(100).fill(0x80 | 62),
        ),
      )),
  ],
  [
    "a message of 4 GB",
    flood(frame({ type: TYPE.data, stream: 1 }, zeros(16_000)), {
      first: concat(SESSION, message(1, EMPTY, { length: 2 ** 32 - 1 })),
      times: 1,
    }),
  ],
  [
    "one byte a frame",
    flood(frame({ type: TYPE.data, stream: 1 }, zeros(1)), {
      first: concat(SESSION, message(1, EMPTY, { length: 1_000_000 })),
    }),
  ],
];
