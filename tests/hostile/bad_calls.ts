import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { chatServer } from "../../proto/mod.ts";
import {
  callWith,
  EMPTY,
  encode,
  field,
  headers,
  type HostilePeer,
  JOIN,
  once,
  PATHS,
  post,
  says,
  zeros,
} from "../support/wire/attack.ts";
import {
  concat,
  FLAG,
  frame,
  headerField,
  headersTo,
  longMessage,
  message,
  openCall,
  repeat,
  TYPE,
  uint32,
} from "../support/wire/raw_http2.ts";

/** A message that claims to be compressed, and consists of zeros. */
const COMPRESSED = frame(
  { type: TYPE.data, stream: 1 },
  concat(Uint8Array.of(1), uint32(4), zeros(4)),
);

/** Invalid calls and invalid messages. */
export const CALLS: readonly [does: string, sends: HostilePeer["sends"]][] = [
  ["calls no method", once(openCall(1, "Nothing"))],
  [
    "calls by GET",
    once(
      headers(
        concat(
          headerField(":method", "GET"),
          headerField(":scheme", "http"),
          headerField(":path", "/"),
        ),
      ),
    ),
  ],
  ["calls without a path", once(headers(headerField(":method", "POST")))],
  ["sends a header field in upper case", once(callWith(["X-Shout", "yes"]))],
  ["sends a header field of HTTP/1", once(callWith(["connection", "close"]))],
  ["sends a pseudo-header too late", once(callWith(["x-a", "b"], [":path", "/"]))],
  ["sends a header field with a line break", once(callWith(["x-a", "b\r\nx-c: d"]))],
  ["sends an invalid deadline", once(callWith(["grpc-timeout", "soon"]))],
  ["sends an expired deadline", once(callWith(["grpc-timeout", "1n"]))],
  ["sends invalid binary metadata", once(callWith(["x-bin", "*****"]))],
  [
    "sends an unknown encoding",
    once(
      callWith(["grpc-encoding", "lzma"]),
      COMPRESSED,
    ),
  ],
  [
    "sends a compressed message without its encoding",
    once(
      openCall(1, "Session"),
      COMPRESSED,
    ),
  ],
  [
    "sends an invalid compressed message",
    once(
      callWith(["grpc-encoding", "gzip"]),
      COMPRESSED,
    ),
  ],
  ["sends a message that decompresses to 256 MB", (round) => {
    if (round > 0) return undefined;
    const bomb = gzipSync(Buffer.alloc(2 ** 28));
    const parts = Array.from(
      { length: Math.ceil(bomb.length / 16_000) },
      (_, i) => frame({ type: TYPE.data, stream: 1 }, bomb.subarray(i * 16_000, (i + 1) * 16_000)),
    );
    const prefix = concat(Uint8Array.of(1), uint32(bomb.length));
    return concat(
      callWith(["grpc-encoding", "gzip"]),
      frame({ type: TYPE.data, stream: 1 }, prefix),
      ...parts,
    );
  }],
  [
    "announces a message of 4 GB",
    once(openCall(1, "Session"), message(1, JOIN, { length: 2 ** 32 - 1 })),
  ],
  [
    "announces a note of 4 GB",
    once(openCall(1, "SendNote"), message(1, zeros(10), { length: 2 ** 32 - 1 })),
  ],
  [
    "ends in the middle of a message",
    once(openCall(1, "Session"), message(1, JOIN, { length: 1_000, flags: FLAG.endStream })),
  ],
  [
    "sends two notes instead of one",
    once(openCall(1, "SendNote"), message(1, EMPTY), message(1, EMPTY, { flags: FLAG.endStream })),
  ],
  [
    "sends no note instead of one",
    once(openCall(1, "SendNote"), frame({ type: TYPE.data, flags: FLAG.endStream, stream: 1 })),
  ],
];

/** As many empty messages as fit in a frame. */
const NOTHINGS = 500_000;

/** A call of a thousand bytes that unpacks to half a million empty messages or names. */
function unfolding(path: string, each: Uint8Array): HostilePeer["sends"] {
  const head = { type: TYPE.headers, flags: FLAG.endHeaders, stream: 1 };
  const packed = gzipSync(repeat(each, NOTHINGS));
  return once(
    frame(head, headersTo(path, [["grpc-encoding", "gzip"]])),
    longMessage(1, packed, { compressed: true, flags: FLAG.endStream }),
  );
}

/** Calls with very many empty parts. */
export const NOTHING: readonly [does: string, sends: HostilePeer["sends"]][] = [
  ...PATHS.map((path): [string, HostilePeer["sends"]] => [
    `sends nothing 500,000 times to ${path}, compressed`,
    unfolding(path, field(1, 2, 0)),
  ]),
  ["sends 500,000 posts, compressed", unfolding(chatServer.Session.path, field(2, 2, 0))],
  ["sends 500,000 orders, compressed", unfolding(chatServer.Session.path, field(6, 2, 0))],
  [
    "sends 500,000 posts",
    once(openCall(1, "Session"), longMessage(1, repeat(field(2, 2, 0), NOTHINGS))),
  ],
];

/** Frames of the chat that violate its contract. */
export const CONTENTS: readonly [does: string, sends: HostilePeer["sends"]][] = [
  ["joins nothing", says(EMPTY)],
  ["posts before it joins", says(post("1", "first!"))],
  ["joins twice", says(JOIN, JOIN)],
  [
    "joins without a name",
    says(encode({ join: { name: "", room: "", client: "client of mallory" } })),
  ],
  [
    "joins under a name of 1 MB",
    says(encode({ join: { name: "x".repeat(16_000), room: "", client: "client of mallory" } })),
  ],
  [
    "joins a room named with control characters",
    says(encode({ join: { name: "mallory", room: "\x1b[2J", client: "client of mallory" } })),
  ],
  ["joins without a secret", says(encode({ join: { name: "mallory", room: "", client: "" } }))],
  ["sends text that is not UTF-8", says(field(1, 2, 4, 0x0a, 2, 0xff, 0xfe))],
  ["sends truncated text", says(field(1, 2, 4, 0x0a, 100, 0x61, 0x61))],
  ["sends a field of a wrong wire type", says(field(1, 0, 1))],
  ["sends an undefined wire type", says(field(1, 7, 1))],
  ["sends field number 0", says(field(0, 0, 1))],
  ["sends an endless number", says(new Uint8Array(64).fill(0xff))],
  ["sends unknown fields", says(field(15, 2, 3, 1, 2, 3))],
  ["sends groups in groups", says(repeat(field(15, 3), 10_000))],
  ["sends fields in fields in unknown fields", says(repeat(field(15, 2, 100), 5_000))],
  ["sends 8,000 invalid posts", says(JOIN, repeat(field(2, 2, 0), 8_000), JOIN)],
  ["sends 8,000 joins in one frame", says(repeat(field(1, 2, 0), 8_000))],
  [
    "sends an unrequested proof",
    says(JOIN, encode({ proof: { signature: Buffer.alloc(64), password: "" } })),
  ],
];
