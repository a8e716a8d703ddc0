import { concat, repeat, text } from "../support/wire/raw_http2.ts";
import { OPCODE, rawFrame } from "../support/wire/raw_web_socket.ts";
import type { HostileRequest } from "./bad_requests.ts";

const UPGRADE = [
  "GET /session HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** What is said before a WebSocket is closed. These peers do not take part in closing it. */
const GOODBYE = '{"goodbye"';

/** A request for a WebSocket, with further headers or others. */
function upgrade(change: (lines: string[]) => string[] = (lines) => lines): Uint8Array {
  return text(`${change(UPGRADE).join("\r\n")}\r\n\r\n`);
}

const JOIN = rawFrame({
  opcode: OPCODE.text,
  payload: JSON.stringify({
    join: { name: "mallory", room: "", client: "client of mallory", last: 0 },
  }),
});

/** Requests that get no WebSocket, with the status of their answer. */
const REFUSED: readonly [does: string, status: number, request: Uint8Array][] = [
  [
    "from a page of another site",
    403,
    upgrade((lines) => [...lines, "Origin: http://evil.example"]),
  ],
  ["from a page without an origin", 403, upgrade((lines) => [...lines, "Origin: null"])],
  [
    "for another host",
    403,
    upgrade((lines) => lines.map((line) => line.replace("localhost", "evil.example"))),
  ],
  [
    "of another version",
    400,
    upgrade((lines) => lines.map((line) => line.replace("Version: 13", "Version: 12"))),
  ],
  ["without a key", 400, upgrade((lines) => lines.slice(0, -1))],
  ["with a wrong key", 400, upgrade((lines) => [...lines.slice(0, -1), "Sec-WebSocket-Key: a"])],
  ["with a body", 400, upgrade((lines) => [...lines, "Content-Length: 5"])],
];

/** Frames that no peer may send. */
const MALFORMED: readonly [does: string, ...frames: Uint8Array[]][] = [
  ["a frame that is not masked", rawFrame({ opcode: OPCODE.text, payload: "{}", isMasked: false })],
  ["a compressed frame", rawFrame({ opcode: OPCODE.text, payload: "{}", reserved: 4 })],
  ["a frame of an unknown kind", rawFrame({ opcode: 7 })],
  ["the rest of a message that never began", rawFrame({ opcode: OPCODE.continuation })],
  [
    "a message in another message",
    rawFrame({ opcode: OPCODE.text, payload: "{", isLast: false }),
    rawFrame({ opcode: OPCODE.text, payload: "}" }),
  ],
  ["a part of a ping", rawFrame({ opcode: OPCODE.ping, isLast: false })],
  ["a ping that is too long", rawFrame({ opcode: OPCODE.ping, payload: new Uint8Array(126) })],
  ["a close that is too short", rawFrame({ opcode: OPCODE.close, payload: new Uint8Array(1) })],
  ["a close with a wrong code", rawFrame({ opcode: OPCODE.close, payload: Uint8Array.of(3, 236) })],
  ["a frame that claims 16 MiB", rawFrame({ opcode: OPCODE.text, length: 2 ** 24 })],
  ["a frame that claims 2^63 bytes", Uint8Array.of(0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0)],
  ["text that is not UTF-8", rawFrame({ opcode: OPCODE.text, payload: Uint8Array.of(0xff) })],
  ["a binary message", rawFrame({ opcode: OPCODE.binary, payload: "{}" })],
  ["what is no JSON", rawFrame({ opcode: OPCODE.text, payload: "hello" })],
  ["objects in objects", rawFrame({ opcode: OPCODE.text, payload: '{"a":'.repeat(600) })],
  ["arrays in arrays", rawFrame({ opcode: OPCODE.text, payload: `{"a":${"[".repeat(3_000)}` })],
  ["HTTP/2", text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
];

/** Too much that is cheap to send, by a member. */
const FLOODS: readonly [what: string, each: Uint8Array][] = [
  ["pings", rawFrame({ opcode: OPCODE.ping })],
  ["pongs", rawFrame({ opcode: OPCODE.pong })],
  ["empty frames of a message", rawFrame({ opcode: OPCODE.continuation, isLast: false })],
  ["empty messages", rawFrame({ opcode: OPCODE.text, payload: "{}" })],
  [
    "posts that are empty",
    rawFrame({ opcode: OPCODE.text, payload: `{"posts":[${"{},".repeat(3_000)}{}]}` }),
  ],
];

/** Peers that ask for a WebSocket, or have one. */
export const HOSTILE_WEB_SOCKETS: readonly HostileRequest[] = [
  ...REFUSED.map(([what, status, request]) => ({
    does: `asks for a WebSocket ${what}`,
    sends: (round: number) => round === 0 ? request : undefined,
    answers: [status],
    stays: true,
  })),
  {
    does: "asks for a WebSocket before it has the answer to another request",
    sends: (round) =>
      round === 0
        ? concat(text("GET /rooms/lobby/notes HTTP/1.1\r\nHost: localhost\r\n\r\n"), upgrade())
        : undefined,
  },
  {
    does: "gets a WebSocket and stays silent",
    sends: (round) => round === 0 ? upgrade() : undefined,
    answers: [101],
    until: GOODBYE,
  },
  ...MALFORMED.map(([what, ...frames]) => ({
    does: `sends ${what} over a WebSocket`,
    sends: (round: number) => round === 0 ? concat(upgrade(), JOIN, ...frames) : undefined,
    answers: [101],
    until: GOODBYE,
  })),
  ...FLOODS.flatMap(([what, each]) => {
    const begin = concat(
      upgrade(),
      JOIN,
      what.startsWith("empty frames") ? rawFrame({ opcode: OPCODE.text, isLast: false }) : text(""),
    );
    const part = repeat(each, Math.ceil(60_000 / each.length));
    const sends = (round: number) => round === 0 ? concat(begin, part) : part;
    const flood = { does: `floods a WebSocket with ${what}`, sends };
    if (!what.startsWith("pings")) return [flood];
    return [flood, { ...flood, does: `${flood.does} and reads no answer`, deaf: true }];
  }),
];
