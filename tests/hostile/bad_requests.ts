import { concat, repeat, text } from "../support/wire/raw_http2.ts";

/** A hostile peer that speaks HTTP/1.1. */
export interface HostileRequest {
  /** A description of the attack. */
  readonly does: string;
  /** The parts it sends, one after the other, for as long as it is connected. */
  readonly sends: (round: number) => Uint8Array | undefined;
  /**
   * The statuses of all responses. Undefined if there may be any, for as long as the connection is
   * closed in the end.
   */
  readonly answers?: readonly number[];
  /** Text of the server that tells it to leave, which it will do. */
  readonly until?: string;
  /** True if it pauses between the parts. */
  readonly slow?: boolean;
  /** True if it never reads a response. */
  readonly deaf?: boolean;
  /** True if it does nothing forbidden, so that it may stay connected. */
  readonly stays?: boolean;
}

const HOST = "Host: localhost\r\n";
const HEALTH = `GET /healthz HTTP/1.1\r\n${HOST}`;
const NOTES = "/rooms/lobby/notes";
const POST = `POST ${NOTES}?name=mallory HTTP/1.1\r\n${HOST}`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
/** A body that contains a request, for a server that takes its end to be earlier. */
const SMUGGLED = `0\r\n\r\n${HEALTH}\r\n`;

/** One request, and the status of its only answer; none if the peer gets cut off instead. */
type Case = readonly [does: string, status: number | undefined, request: string];

/** Requests whose end two programs could see at different places. */
const SMUGGLING: readonly Case[] = [
  [
    "has two lengths, of which one is chunks",
    400,
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`,
  ],
  [
    "has chunks, and then a length",
    400,
    `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${SMUGGLED}`,
  ],
  ["has two lengths", 400, `${POST}Content-Length: 5\r\nContent-Length: 3\r\n\r\nhello`],
  ["has a list of lengths", 400, `${POST}Content-Length: 5, 5\r\n\r\nhello`],
  ["has a length with a sign", 400, `${POST}Content-Length: +5\r\n\r\nhello`],
  ["has a hexadecimal length", 400, `${POST}Content-Length: 0x5\r\n\r\nhello`],
  ["has an endless length", 400, `${POST}Content-Length: ${"9".repeat(30)}\r\n\r\nhello`],
  ["has an unknown encoding", undefined, `${POST}Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`],
  ["has two encodings", 400, `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n${SMUGGLED}`],
  [
    "has an encoding behind a tab",
    400,
    `${POST}Transfer-Encoding: \vchunked\r\n\r\n${SMUGGLED}`,
  ],
  [
    "has chunks in HTTP/1.0",
    undefined,
    `${POST.replace("1.1", "1.0")}Transfer-Encoding: chunked\r\n\r\n${SMUGGLED}`,
  ],
  ["folds a header", 400, `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n${SMUGGLED}`],
  ["ends lines with LF", 400, `${POST}X: a\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`],
  ["ends lines with CR", 400, `${POST}X: a\rTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`],
  ["has a space before a colon", 400, `${POST}Transfer-Encoding : chunked\r\n\r\n${SMUGGLED}`],
  ["has NUL in a header", 400, `${HEALTH}X: a\0b\r\n\r\n`],
  ["has NUL in a name", 400, `${HEALTH}X\0: a\r\n\r\n`],
  ["has a header without a colon", 400, `${HEALTH}header\r\n\r\n`],
  ["has a header without a name", 400, `${HEALTH}: a\r\n\r\n`],
  ["gets with a body", 400, `${HEALTH}Content-Length: ${HEALTH.length + 2}\r\n\r\n${HEALTH}\r\n`],
  ["gets with chunks", 400, `${HEALTH}Transfer-Encoding: chunked\r\n\r\n${SMUGGLED}`],
  ["has a chunk that is too long", undefined, `${CHUNKED}5\r\nhello!!0\r\n\r\n`],
  ["has a chunk of negative length", undefined, `${CHUNKED}-5\r\nhello\r\n0\r\n\r\n`],
  ["has a chunk of unknown length", undefined, `${CHUNKED}zz\r\nhello\r\n0\r\n\r\n`],
  ["has a chunk longer than numbers", undefined, `${CHUNKED}1${"0".repeat(16)}5\r\nhello\r\n`],
  ["ends a chunk with LF", undefined, `${CHUNKED}5\nhello\r\n0\r\n\r\n`],
];

/** Requests that are not for this server, or make no sense. */
const STRANGE: readonly Case[] = [
  ["names no host", 400, "GET /healthz HTTP/1.1\r\n\r\n"],
  ["names no host, by HTTP/1.0", 400, "GET /healthz HTTP/1.0\r\n\r\n"],
  ["names two hosts", 400, `${HEALTH}Host: evil.example\r\n\r\n`],
  ["names the same host twice", 400, `${HEALTH}${HOST}\r\n`],
  ["names another host", 403, "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n"],
  [
    "names another host in its target",
    400,
    `GET http://evil.example/healthz HTTP/1.1\r\n${HOST}\r\n`,
  ],
  ["has a target that is no address", 400, `GET http://[ HTTP/1.1\r\n${HOST}\r\n`],
  ["has a target of two slashes", 404, `GET //localhost/healthz HTTP/1.1\r\n${HOST}\r\n`],
  ["has a target in UTF-8", 400, `GET /ö HTTP/1.1\r\n${HOST}\r\n`],
  ["has a target with a wrong escape", 400, `GET /rooms/%zz/notes HTTP/1.1\r\n${HOST}\r\n`],
  ["asks what the server can do", 400, `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
  ["asks for a tunnel", undefined, `CONNECT localhost:22 HTTP/1.1\r\n${HOST}\r\n${HEALTH}\r\n`],
  ["asks for its own request", 405, `TRACE /healthz HTTP/1.1\r\n${HOST}\r\n`],
  ["uses an unknown method", 400, `BREW /healthz HTTP/1.1\r\n${HOST}\r\n`],
  ["speaks HTTP/0.9", 400, "GET /healthz\r\n\r\n"],
  ["speaks HTTP/2 without its preface", 400, `GET /healthz HTTP/2.0\r\n${HOST}\r\n`],
  ["speaks HTTP/9", 400, `GET /healthz HTTP/9.9\r\n${HOST}\r\n`],
  ["upgrades to HTTP/2", 200, `${HEALTH}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
  ["expects cake", 200, `${HEALTH}Expect: cake\r\n\r\n`],
  ["has 5,000 headers", 400, `${HEALTH}${"A:\r\n".repeat(2_000)}\r\n`],
  [
    "has its origin behind 5,000 headers",
    400,
    `${POST}${"A:\r\n".repeat(3_000)}Origin: http://evil.example\r\nContent-Length: 1\r\n\r\na`,
  ],
  ["has a header of 20 KB", 431, `${HEALTH}X: ${"a".repeat(20_000)}\r\n\r\n`],
  ["has a target of 20 KB", 431, `GET /${"a".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`],
  ["announces a body of a terabyte", 413, `${POST}Content-Length: 1000000000000\r\n\r\n`],
  ["sends a body that is too large", 413, `${CHUNKED}10000\r\n${"a".repeat(65_536)}\r\n`],
  ["compresses", 415, `${POST}Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na`],
  ["sends bytes that are no text", 400, `${POST}Content-Length: 1\r\n\r\n\xff`],
  ["ends its body early", 408, `${POST}Content-Length: 9\r\n\r\nhello`],
  ["ends its headers early", undefined, POST],
];

/** Sends the same bytes again and again. */
function flood(begin: string, each: string, times = 1): HostileRequest["sends"] {
  const part = repeat(text(each), times);
  return (round) => round === 0 ? concat(text(begin), part) : part;
}

/** Sends one byte per part. */
function bytewise(bytes: string): HostileRequest["sends"] {
  return (round) => round < bytes.length ? text(bytes[round]!) : undefined;
}

const GET_NOTES = `GET ${NOTES} HTTP/1.1\r\n${HOST}\r\n`;
const POST_NOTE = `${POST}Content-Length: 5\r\n\r\nhello`;

/** Requests that never end, or never stop. */
const FLOODS: readonly HostileRequest[] = [
  { does: "sends endless empty lines", sends: flood("", "\r\n", 30_000) },
  { does: "sends endless headers", sends: flood(POST, "X: a\r\n", 10_000) },
  { does: "sends endless chunks", sends: flood(CHUNKED, `1000\r\n${"a".repeat(4_096)}\r\n`, 10) },
  { does: "sends endless tiny chunks", sends: flood(CHUNKED, "1\r\na\r\n", 1_000) },
  { does: "sends an endless chunk extension", sends: flood(`${CHUNKED}1;`, "a", 60_000) },
  { does: "sends an endless chunk size", sends: flood(CHUNKED, "0", 60_000) },
  { does: "sends endless trailers", sends: flood(`${CHUNKED}0\r\n`, "X: a\r\n", 10_000) },
  { does: "sends endless requests", sends: flood("", `${HEALTH}\r\n`, 100) },
  { does: "sends endless requests for others", sends: flood("", `${HEALTH}Host: b\r\n\r\n`, 100) },
  { does: "sends endless expectations", sends: flood("", `${HEALTH}Expect: cake\r\n\r\n`, 100) },
  { does: "sends endless requests and reads nothing", sends: flood("", GET_NOTES), deaf: true },
  { does: "sends endless posts and reads nothing", sends: flood("", POST_NOTE), deaf: true },
  { does: "sends a header a byte at a time", sends: bytewise(HEALTH.repeat(30)), slow: true },
  {
    does: "sends a body a byte at a time",
    sends: bytewise(`${POST}Content-Length: 3000\r\n\r\n${"a".repeat(3_000)}`),
    slow: true,
  },
  {
    does: "asks for 400 streams at once",
    sends: (round) => round === 0 ? text(GET_NOTES.repeat(400)) : undefined,
    answers: [200],
    stays: true,
  },
  {
    does: "asks for a stream and then sends noise",
    sends: flood(GET_NOTES, "abc".repeat(1_000)),
  },
];

/** All of them. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...[...SMUGGLING, ...STRANGE].map(([does, status, request]) => ({
    does,
    sends: (round: number) =>
      round === 0 ? Uint8Array.from(request, (char) => char.charCodeAt(0)) : undefined,
    answers: status === undefined ? [] : [status],
    stays: status !== undefined,
  })),
  ...FLOODS,
];
