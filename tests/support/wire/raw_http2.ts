/**
 * HTTP/2 by hand, for hostile peers: frames as bytes, and a connection that sends any bytes.
 *
 * @module
 */

import { tcpAddress } from "./tcp_address.ts";

/** Frame types by their numbers, from RFC 9113. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags. SETTINGS and PING have `ack` where other frames have `endStream`. */
export const FLAG = { none: 0, ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 };

/** The connection preface of a client. */
export const PREFACE: Uint8Array = text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The bytes of a text. */
export function text(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Concatenates bytes. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Repeats bytes `count` times. */
export function repeat(bytes: Uint8Array, count: number): Uint8Array {
  const whole = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) whole.set(bytes, i * bytes.length);
  return whole;
}

/** The header of a frame. */
export interface FrameHead {
  /** Its type: see {@linkcode TYPE}. */
  readonly type: number;
  /** Its flags: see {@linkcode FLAG}. Default none. */
  readonly flags?: number;
  /** The stream. Default 0, the connection. */
  readonly stream?: number;
  /** The declared length. Default: the length of the payload. */
  readonly length?: number;
}

/** A frame. */
export function frame(head: FrameHead, payload: Uint8Array = new Uint8Array()): Uint8Array {
  const { type, flags = 0, stream = 0, length = payload.length } = head;
  const bytes = new Uint8Array(9 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length << 8 | type);
  bytes[4] = flags;
  view.setUint32(5, stream);
  bytes.set(payload, 9);
  return bytes;
}

/** A big-endian number. */
export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** One field of a header block: a literal that is neither indexed nor compressed. */
export function headerField(name: string, value: string): Uint8Array {
  return concat(Uint8Array.of(0), hpackText(name), hpackText(value));
}

function hpackText(value: string): Uint8Array {
  const bytes = text(value);
  if (bytes.length < 127) return concat(Uint8Array.of(bytes.length), bytes);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push(rest % 128 + 128);
  return concat(Uint8Array.of(...length, rest), bytes);
}

/** Further fields of a header block. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** The header block of a call to `method`, with further fields. */
export function callHeaders(method: string, fields: Fields = []): Uint8Array {
  return headersTo(`/grpc.ChatServer/${method}`, fields);
}

/** The header block of a call to `path`, with further fields. */
export function headersTo(path: string, fields: Fields = []): Uint8Array {
  const all = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
    ...fields,
  ] as const;
  return concat(...all.map(([name, value]) => headerField(name, value)));
}

/** Opens a call. */
export function openCall(stream: number, method: string): Uint8Array {
  return frame(
    { type: TYPE.headers, flags: FLAG.endHeaders, stream },
    callHeaders(method),
  );
}

/** A DATA frame with a gRPC message, whose declared length may be wrong. */
export function message(
  stream: number,
  payload: Uint8Array,
  { length = payload.length, flags = 0 }: { length?: number; flags?: number } = {},
): Uint8Array {
  const prefix = concat(Uint8Array.of(0), uint32(length));
  return frame({ type: TYPE.data, flags, stream }, concat(prefix, payload));
}

/** The largest payload of a frame. */
const MAX_FRAME_BYTES = 16_384;

/** A gRPC message of any length, in as many DATA frames as needed. */
export function longMessage(
  stream: number,
  payload: Uint8Array,
  { compressed = false, flags = 0 }: { compressed?: boolean; flags?: number } = {},
): Uint8Array {
  const whole = concat(Uint8Array.of(compressed ? 1 : 0), uint32(payload.length), payload);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += MAX_FRAME_BYTES) {
    const isLast = at + MAX_FRAME_BYTES >= whole.length;
    const head = { type: TYPE.data, stream, flags: isLast ? flags : 0 };
    frames.push(frame(head, whole.subarray(at, at + MAX_FRAME_BYTES)));
  }
  return concat(...frames);
}

/** A received frame. */
export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** A server's address: a `HOST:PORT`, and the signer of its certificate, in PEM, if it uses TLS. */
export type Target = string | { readonly address: string; readonly ca?: string | undefined };

/** Connects, encrypted if the server is. `protocol` is the one to agree on then. */
export async function dial(
  target: Target,
  protocol: "h2" | "http/1.1",
): Promise<Deno.TcpConn | Deno.TlsConn> {
  const { address, ca = undefined } = typeof target === "string" ? { address: target } : target;
  const { hostname, port } = tcpAddress(address);
  const tcp = await Deno.connect({ hostname, port });
  if (ca === undefined) return tcp;
  const tls = await Deno.startTls(tcp, { hostname, caCerts: [ca], alpnProtocols: [protocol] });
  await tls.handshake();
  return tls;
}

/** A connection that sends any bytes, and collects the received frames. */
export class RawConnection implements AsyncDisposable {
  readonly #connection: Deno.TcpConn | Deno.TlsConn;
  /** The received bytes as frames. */
  readonly frames: ReceivedFrame[] = [];
  /** The number of received bytes. */
  received = 0;
  /** True once the server has closed the connection. */
  closed = false;
  /** Settles at that time. */
  readonly ended: Promise<void>;
  #waiting: () => void = () => {};
  #unread: Uint8Array = new Uint8Array();

  private constructor(connection: Deno.TcpConn | Deno.TlsConn) {
    this.#connection = connection;
    this.ended = this.#read();
  }

  /** Connects, encrypted if the server is, and sends nothing. */
  static async open(target: Target): Promise<RawConnection> {
    return new RawConnection(await dial(target, "h2"));
  }

  /** Connects, and sends the preface of an HTTP/2 client. */
  static async greet(target: Target): Promise<RawConnection> {
    const connection = await RawConnection.open(target);
    await connection.send(PREFACE, frame({ type: TYPE.settings }));
    return connection;
  }

  /** Sends all of it. Returns false if the connection is closed. */
  async send(...parts: readonly Uint8Array[]): Promise<boolean> {
    const bytes = concat(...parts);
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#connection.write(bytes.subarray(sent));
      }
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  /** Half-closes the connection. */
  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite().catch((error) => {
      if (!isGone(error)) throw error;
    });
  }

  /** Waits until a received frame satisfies `is`, or the connection is closed. */
  async until(is: (frame: ReceivedFrame) => boolean): Promise<void> {
    while (!this.closed && !this.frames.some(is)) {
      await new Promise<void>((wake) => this.#waiting = wake);
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      while (true) {
        const length = await this.#connection.read(buffer);
        if (length === null) break;
        this.received += length;
        this.#parse(buffer.subarray(0, length));
        this.#waiting();
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    this.closed = true;
    this.#waiting();
  }

  #parse(bytes: Uint8Array): void {
    let rest = concat(this.#unread, bytes);
    while (rest.length >= 9) {
      const view = new DataView(rest.buffer, rest.byteOffset);
      const end = 9 + (view.getUint32(0) >>> 8);
      if (rest.length < end) break;
      const [type, flags] = [rest[3]!, rest[4]!];
      this.frames.push({ type, flags, stream: view.getUint32(5), payload: rest.slice(9, end) });
      rest = rest.subarray(end);
    }
    this.#unread = rest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#connection.close();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    await this.ended;
  }
}

/** Whether an error means that the peer has closed the connection. */
export function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.UnexpectedEof;
}
