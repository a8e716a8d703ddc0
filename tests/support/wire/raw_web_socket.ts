/**
 * WebSockets by hand, for hostile peers: frames as bytes, and a connection that sends any bytes.
 *
 * @module
 */

import { concat, text } from "./raw_http2.ts";
import { tcpAddress } from "./tcp_address.ts";

/** The kinds of frames, from RFC 6455. */
export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame of a client. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  /** Whether it is the last one of its message. Default true. */
  readonly isLast?: boolean;
  /** The bits that extensions use. Default 0. */
  readonly reserved?: number;
  /** Default true, as in all frames of a client. */
  readonly isMasked?: boolean;
  /** The length that it claims. Default: that of the payload. */
  readonly length?: number;
}

/** The bytes of a frame. Its mask is zero, so that the payload stays as it is. */
export function rawFrame(
  { opcode, payload = "", isLast = true, reserved = 0, isMasked = true, length }: RawFrame,
): Uint8Array {
  const body = typeof payload === "string" ? text(payload) : payload;
  const claimed = length ?? body.length;
  const size = claimed < 126 ? 0 : claimed < 65_536 ? 2 : 8;
  const head = new Uint8Array(2 + size);
  head[0] = (isLast ? 0x80 : 0) | reserved << 4 | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (size === 0 ? claimed : size === 2 ? 126 : 127);
  const view = new DataView(head.buffer);
  if (size === 2) view.setUint16(2, claimed);
  if (size === 8) view.setBigUint64(2, BigInt(claimed));
  return concat(head, new Uint8Array(isMasked ? 4 : 0), body);
}

/** A WebSocket that sends any bytes. */
export class RawWebSocket implements Disposable {
  readonly #connection: Deno.TcpConn;
  #received = new Uint8Array();

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** Connects, and sends a request for a WebSocket with these headers besides. */
  static async open(address: string, headers: readonly string[] = []): Promise<RawWebSocket> {
    const socket = new RawWebSocket(await Deno.connect(tcpAddress(address)));
    const lines = [
      "GET /session HTTP/1.1",
      `Host: ${address}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    ];
    await socket.send(text(`${lines.join("\r\n")}\r\n\r\n`));
    return socket;
  }

  /** Sends bytes. */
  async send(...bytes: readonly Uint8Array[]): Promise<void> {
    const all = concat(...bytes);
    for (let sent = 0; sent < all.length;) sent += await this.#connection.write(all.subarray(sent));
  }

  /** Reads the response: its head if it is accepted, or else all of it. */
  async readResponse(): Promise<string> {
    const received = () => new TextDecoder().decode(this.#received);
    while (!received().includes("\r\n\r\n")) await this.#fill();
    const isAccepted = received().startsWith("HTTP/1.1 101");
    while (!isAccepted && await this.#fill());
    const length = isAccepted ? received().indexOf("\r\n\r\n") + 4 : this.#received.length;
    return new TextDecoder().decode(this.#take(length));
  }

  /** Reads the next frame of the server. Undefined once it has closed the connection. */
  async readFrame(): Promise<
    { readonly opcode: number; readonly payload: Uint8Array } | undefined
  > {
    if (!await this.#has(2)) return undefined;
    const short = this.#received[1]! & 0x7f;
    const size = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (!await this.#has(2 + size)) return undefined;
    const head = this.#take(2 + size);
    const view = new DataView(head.buffer);
    const length = size === 0
      ? short
      : size === 2
      ? view.getUint16(2)
      : Number(view.getBigUint64(2));
    if (!await this.#has(length)) return undefined;
    return { opcode: head[0]! & 0xf, payload: this.#take(length) };
  }

  /** Reads frames until the server closes the WebSocket, and returns its code. */
  async readClose(): Promise<number | undefined> {
    for (let frame; (frame = await this.readFrame());) {
      if (frame.opcode !== OPCODE.close) continue;
      return new DataView(frame.payload.slice().buffer).getUint16(0);
    }
    return undefined;
  }

  /** Whether this many bytes have come; they are waited for. */
  async #has(count: number): Promise<boolean> {
    while (this.#received.length < count) if (!await this.#fill()) return false;
    return true;
  }

  async #fill(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const count = await this.#connection.read(buffer);
    if (count === null) return false;
    this.#received = new Uint8Array(concat(this.#received, buffer.subarray(0, count)));
    return true;
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
