/**
 * Intermediaries that answer in a server's place: error pages, resets, and statuses that no chat
 * server has sent.
 *
 * @module
 */

import type { Answer } from "./proxy.ts";
import {
  concat,
  FLAG,
  frame,
  headerField,
  message,
  type ReceivedFrame,
  repeat,
  text,
  TYPE,
  uint32,
} from "./raw_http2.ts";
import { tcpAddress } from "./tcp_address.ts";

const HTML = text("<html><body><h1>Something is wrong</h1></body></html>\n");
const SETTINGS = frame({ type: TYPE.settings });

type Fields = Readonly<Record<string, string | number>>;

function headers(fields: Fields, flags: number = FLAG.endHeaders): Uint8Array {
  const block = Object.entries(fields).map(([name, value]) => headerField(name, `${value}`));
  return frame({ type: TYPE.headers, flags, stream: 1 }, concat(...block));
}

function data(payload: Uint8Array, flags: number = FLAG.endStream): Uint8Array {
  return frame({ type: TYPE.data, flags, stream: 1 }, payload);
}

function page(status: number, body: Uint8Array = HTML): Uint8Array {
  return concat(headers({ ":status": status, "content-type": "text/html" }), data(body));
}

function status(fields: Fields): Uint8Array {
  return headers(fields, FLAG.endHeaders | FLAG.endStream);
}

function reset(code: number): Uint8Array {
  return frame({ type: TYPE.rstStream, stream: 1 }, uint32(code));
}

function goaway(code: number): Uint8Array {
  return frame({ type: TYPE.goaway }, concat(uint32(1), uint32(code)));
}

const GRPC = { ":status": 200, "content-type": "application/grpc" };
const HEAD = headers(GRPC);

/**
 * Answers the first call of a connection with frames, all at once, and closes once the peer does.
 */
function http2(...frames: Uint8Array[]): Answer {
  return async (connection) => {
    await called(connection);
    await connection.write(concat(...frames));
    await hangUp(connection);
  };
}

/** The same, but sends each part once the peer has read the previous one. */
function slowly(...parts: Uint8Array[]): Answer {
  return async (connection) => {
    await called(connection);
    for (const part of parts) {
      await connection.write(concat(part, frame({ type: TYPE.ping }, new Uint8Array(8))));
      await received(connection, isPong);
    }
    await hangUp(connection);
  };
}

/** Answers with bytes once something has arrived, and closes without waiting for more. */
function bytes(answer: Uint8Array): Answer {
  return async (connection) => {
    await connection.read(new Uint8Array(16_384));
    await connection.write(answer);
    connection.close();
  };
}

async function hangUp(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16_384);
  while (await connection.read(buffer) !== null);
  connection.close();
}

const PREFACE_BYTES = 24;
type Head = Pick<ReceivedFrame, "type" | "flags">;
const isCall = ({ type }: Head) => type === TYPE.headers;
const isPong = ({ type, flags }: Head) => type === TYPE.ping && flags === FLAG.ack;

const readers = new WeakMap<Deno.TcpConn, AsyncIterator<Head>>();

/** Sends the preface of a server, and waits for a call. */
async function called(connection: Deno.TcpConn): Promise<void> {
  await connection.write(SETTINGS);
  await received(connection, isCall);
}

/** Reads until a frame has arrived that satisfies `is`. */
async function received(connection: Deno.TcpConn, is: (head: Head) => boolean): Promise<void> {
  const heads = readers.get(connection) ?? headsOf(connection);
  readers.set(connection, heads);
  for (let next = await heads.next(); !next.done; next = await heads.next()) {
    if (is(next.value)) return;
  }
  throw new Deno.errors.ConnectionReset("the client has gone");
}

/** The headers of the frames that a client sends. `take` receives the raw frames. */
async function* headsOf(
  connection: Deno.TcpConn,
  take: (bytes: Uint8Array) => void = () => {},
): AsyncGenerator<Head, void> {
  let rest = new Uint8Array();
  let skip = PREFACE_BYTES;
  const buffer = new Uint8Array(16_384);
  while (true) {
    while (rest.length >= skip + 9) {
      rest = rest.slice(skip);
      const view = new DataView(rest.buffer);
      skip = 9 + (view.getUint32(0) >>> 8);
      yield { type: rest[3]!, flags: rest[4]! };
    }
    const length = await connection.read(buffer);
    if (length === null) return;
    rest = new Uint8Array(concat(rest, buffer.subarray(0, length)));
    take(buffer.slice(0, length));
  }
}

/** A peer that answers in the place of a chat server, over HTTP/2. */
export const ERROR_PAGES: Readonly<Record<string, Answer>> = {
  "a page with 200": http2(page(200)),
  "a page with 401": http2(page(401)),
  "a page with 403": http2(page(403)),
  "a page with 404": http2(page(404)),
  "a page with 413": http2(page(413)),
  "a page with 429": http2(page(429)),
  "a page with 500": http2(page(500)),
  "a page with 502": http2(page(502)),
  "a page with 503": http2(page(503)),
  "a page with 504": http2(page(504)),
  "a page whose body comes later": slowly(headers({ ":status": 404 }), data(HTML)),
  "a page of 4 bytes": http2(page(403, text("html"))),
  "a page that is an empty message": http2(page(401, new Uint8Array(5))),
  "a page without a body": http2(status({ ":status": 404, "content-type": "text/html" })),
  "a truncated page": async (connection) => {
    await called(connection);
    await connection.write(concat(headers({ ":status": 403 }), data(HTML, FLAG.none)));
    connection.close();
  },
  "a page of 1 MiB": slowly(
    headers({ ":status": 404 }),
    ...Array.from({ length: 4 }, () => data(repeat(text("html"), 4_000), FLAG.none)),
    data(HTML),
  ),
  "401 with a status for gRPC": http2(status({ ...GRPC, ":status": 401, "grpc-status": 16 })),
  "204 with a status for gRPC": http2(status({ ...GRPC, ":status": 204, "grpc-status": 7 })),
  "HTML with a status for gRPC": http2(
    status({ ":status": 200, "content-type": "text/html", "grpc-status": 3 }),
  ),
  "a status that is not a number": http2(status({ ...GRPC, "grpc-status": "forbidden" })),
  "gRPC without a status": http2(status(GRPC)),
  "gRPC without such a call": http2(status({ ...GRPC, "grpc-status": 12 })),
  "gRPC that ends at once": http2(status({ ...GRPC, "grpc-status": 0 })),
  "a message that is too large": http2(HEAD, message(1, new Uint8Array(9), { length: 2 ** 31 })),
  "a message that violates the contract": http2(HEAD, message(1, repeat(Uint8Array.of(0xff), 99))),
  "a reset to enhance calm": http2(reset(11)),
  "a reset for inadequate security": http2(HEAD, reset(12)),
  "a reset for no reason": http2(HEAD, reset(0)),
  "a reset that cancels": http2(reset(8)),
  "a connection that goes away": http2(goaway(0)),
  "a connection closed to enhance calm": http2(goaway(11)),
  "a connection closed by a protocol error": http2(frame({ type: TYPE.data, stream: 7 })),
  "HTTP/1.1": bytes(
    text("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhtml\n"),
  ),
  "noise": bytes(repeat(Uint8Array.of(0x80, 0xff, 0), 999)),
};

/**
 * Forwards a call to `server`, a `HOST:PORT`, only once its client has cancelled it, like a network
 * that was suspended.
 */
export function late(server: string): Answer {
  return async (connection) => {
    const upstream = await Deno.connect(tcpAddress(server));
    const answered = upstream.readable.pipeTo(connection.writable).catch(() => {}); // It has gone.
    const received: Uint8Array[] = [];
    for await (const { type, flags } of headsOf(connection, (bytes) => received.push(bytes))) {
      if (type === TYPE.rstStream || type === TYPE.data && flags === FLAG.endStream) break;
    }
    await upstream.write(concat(...received));
    await answered;
  };
}

/** A peer that answers in the place of a chat server that speaks TLS. */
export const TLS_ERROR_PAGES: Readonly<Record<string, Answer>> = {
  "HTTP/1.1": ERROR_PAGES["HTTP/1.1"]!,
  "a failed handshake": bytes(alert(40)),
  "an error of the peer": bytes(alert(80)),
  "an unknown name": bytes(alert(112)),
  "a request for a certificate": bytes(alert(116)),
};

function alert(description: number): Uint8Array {
  return Uint8Array.of(21, 3, 3, 0, 2, 2, description);
}
