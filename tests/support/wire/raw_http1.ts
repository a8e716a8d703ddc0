/**
 * HTTP/1.1 by hand, for hostile peers: a connection that sends any bytes.
 *
 * @module
 */

import { concat, dial, isGone, type Target } from "./raw_http2.ts";

/** The most characters that are kept of what a server says. */
const MAX_CHARS = 2 ** 20;

/** A connection that sends any bytes, and collects the responses as text. */
export class RawHttp implements AsyncDisposable {
  readonly #connection: Deno.TcpConn | Deno.TlsConn;
  readonly #ended: Promise<void>;
  #waiting: () => void = () => {};
  /** What has been received. */
  text = "";
  /** True once the server has closed the connection. */
  closed = false;

  private constructor(connection: Deno.TcpConn | Deno.TlsConn, reads: boolean) {
    this.#connection = connection;
    this.#ended = reads ? this.#read() : Promise.resolve();
  }

  /** Connects, encrypted if the server is. */
  static async open(target: Target, { reads = true } = {}): Promise<RawHttp> {
    return new RawHttp(await dial(target, "http/1.1"), reads);
  }

  /** The statuses of the responses so far. */
  get statuses(): number[] {
    return Array.from(this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));
  }

  /** Sends all of it. Returns false if the connection is closed. */
  async send(...parts: readonly (Uint8Array | string)[]): Promise<boolean> {
    const encoder = new TextEncoder();
    const bytes = concat(
      ...parts.map((part) => typeof part === "string" ? encoder.encode(part) : part),
    );
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

  /** Waits until `is` is true of what was received, or the connection is closed. */
  async until(is: (connection: RawHttp) => boolean): Promise<void> {
    while (!this.closed && !is(this)) {
      await new Promise<void>((wake) => this.#waiting = wake);
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    const decoder = new TextDecoder("latin1");
    try {
      while (true) {
        const length = await this.#connection.read(buffer);
        if (length === null) break;
        if (this.text.length < MAX_CHARS) this.text += decoder.decode(buffer.subarray(0, length));
        this.#waiting();
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    this.closed = true;
    this.#waiting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#connection.close();
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    await this.#ended;
  }
}
