/**
 * HTTP/1.1 by hand: requests as text, and answers as they arrive, on one connection.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { tcpAddress } from "./tcp_address.ts";

/** An answer, or what has arrived of it. */
export interface HttpAnswer {
  readonly status: number;
  /** The headers, by their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A request; a method and a target at least. */
export interface HttpRequest {
  /** Headers besides `Host` and `Content-Length`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A connection to a server. Closed when disposed. */
export class HttpConnection implements Disposable {
  readonly #connection: Deno.Conn;
  /** What has arrived and was not read yet, with a character for each byte. */
  #text = "";
  #ended = false;
  #closed = false;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects to `HOST:PORT`. */
  static async open(address: string): Promise<HttpConnection> {
    return new HttpConnection(await Deno.connect(tcpAddress(address)));
  }

  /** Sends exactly this text. */
  async write(text: string): Promise<void> {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await this.#connection.write(bytes));
  }

  /** Sends a request such as `GET /rooms`. */
  async send(line: string, { headers = {}, body }: HttpRequest = {}): Promise<void> {
    const length = body === undefined ? [] : [["Content-Length", byteLength(body)]];
    const fields = [["Host", "localhost"], ...length, ...Object.entries(headers)];
    const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await this.write(`${line} HTTP/1.1\r\n${head}\r\n${body ?? ""}`);
  }

  /** Sends a request, and returns its answer. */
  async ask(line: string, request?: HttpRequest): Promise<HttpAnswer> {
    await this.send(line, request);
    return await this.answer(line.startsWith("HEAD "));
  }

  /** Posts a text as `ann` to the lobby, and returns the answer. */
  async post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<HttpAnswer> {
    return await this.ask("POST /rooms/lobby/notes?name=ann", { headers, body });
  }

  /** Waits for an answer with a `Content-Length`. */
  async answer(isHead = false): Promise<HttpAnswer> {
    const head = await this.head();
    const length = isHead ? 0 : Number(head.headers.get("content-length") ?? 0);
    await this.#readUntil(() => this.#text.length >= length);
    const body = decode(this.#text.slice(0, length));
    this.#text = this.#text.slice(length);
    return { ...head, body };
  }

  /** Waits for the head of an answer. What follows it is read by {@linkcode until}. */
  async head(): Promise<HttpAnswer> {
    await this.#readUntil(() => this.#text.includes("\r\n\r\n"));
    const end = this.#text.indexOf("\r\n\r\n");
    const [line = "", ...fields] = this.#text.slice(0, end).split("\r\n");
    this.#text = this.#text.slice(end + 4);
    const headers = new Map(fields.map((field) => {
      const [name = "", value = ""] = field.split(/: (.*)/);
      return [name.toLowerCase(), value] as const;
    }));
    return { status: Number(line.split(" ")[1]), headers, body: "" };
  }

  /** Waits until the parts of an answer match, and removes and returns all that has arrived. */
  async until(pattern: RegExp): Promise<string> {
    await this.#readUntil(() => pattern.test(this.#text));
    const text = this.#text;
    this.#text = "";
    // Without the sizes of its parts.
    return decode(text.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, "").replace(/\r\n$/, ""));
  }

  /** Waits until the server has closed the connection, and returns what has arrived before. */
  async end(): Promise<string> {
    while (!this.#ended) await this.#read();
    return this.#text;
  }

  async #readUntil(enough: () => boolean): Promise<void> {
    while (!enough()) {
      if (this.#ended) throw new Error(`ended: ${this.#text}`);
      await this.#read();
    }
  }

  async #read(): Promise<void> {
    const bytes = new Uint8Array(65_536);
    const count = await this.#connection.read(bytes).catch((error) => {
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
    if (count === null) this.#ended = true;
    else this.#text += Buffer.from(bytes.subarray(0, count)).toString("latin1");
  }

  /** Closes the connection. */
  close(): void {
    if (!this.#closed) this.#connection.close();
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function decode(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString();
}

function byteLength(text: string): string {
  return String(new TextEncoder().encode(text).length);
}
