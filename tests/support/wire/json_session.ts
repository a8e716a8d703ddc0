/**
 * A session over a WebSocket for the tests. Like any program written against `chat.proto`, it uses
 * the WebSocket of its platform and JSON, and none of this project's code.
 *
 * @module
 */

/** A frame in JSON. */
// deno-lint-ignore no-explicit-any -- Its fields are what the tests are about.
export type JsonFrame = Record<string, any>;

/** How a WebSocket was closed, and what the server said before. */
export interface Closed {
  readonly code: number;
  readonly goodbye: JsonFrame | undefined;
}

/** How to connect. */
export interface JsonSessionOptions {
  /** The headers of the request besides those of a WebSocket. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The authority that has signed the server's certificate, in PEM. Default: plaintext. */
  readonly ca?: string;
}

/** The fields of a join that tests care about. */
export interface JsonJoin {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** A session over a WebSocket. */
export class JsonSession implements AsyncDisposable {
  /** The frames that the server has sent. */
  readonly frames: JsonFrame[] = [];
  /** Resolves when the WebSocket is closed. */
  readonly closed: Promise<Closed>;
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;
  #onFrame = () => {};

  private constructor(address: string, { headers, ca }: JsonSessionOptions) {
    const client = ca === undefined ? undefined : Deno.createHttpClient({ caCerts: [ca] });
    const url = `${client ? "wss" : "ws"}://${address}/session`;
    // Deno's own options, which a browser does not have.
    this.#socket = new WebSocket(url, { headers, client } as unknown as string[]);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#opened = promise;
    this.#socket.onopen = () => resolve();
    this.#socket.onerror = (event) => reject(new Error((event as ErrorEvent).message));
    this.#socket.onmessage = ({ data }) => {
      this.frames.push(JSON.parse(data));
      this.#onFrame();
    };
    this.closed = new Promise((resolve) => {
      this.#socket.onclose = ({ code }) => {
        this.#onFrame();
        client?.close();
        resolve({ code, goodbye: this.frames.at(-1)?.goodbye });
      };
    });
  }

  /** Opens a WebSocket without sending anything. */
  static async open(address: string, options: JsonSessionOptions = {}): Promise<JsonSession> {
    const session = new JsonSession(address, options);
    await session.#opened;
    return session;
  }

  /** Opens a WebSocket, joins, and waits for the welcome. */
  static async join(address: string, join: JsonJoin): Promise<JsonSession> {
    const session = await JsonSession.open(address);
    session.send({ join: toJoin(join) });
    await session.until(({ welcome }) => welcome);
    return session;
  }

  /** Sends a frame, or a message as it is. */
  send(message: JsonFrame | string | Uint8Array<ArrayBuffer>): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** Waits for a frame, which may be here already. */
  async until(isIt: (frame: JsonFrame) => unknown): Promise<JsonFrame> {
    for (let at = 0;;) {
      for (; at < this.frames.length; at++) if (isIt(this.frames[at]!)) return this.frames[at]!;
      if (this.#socket.readyState === WebSocket.CLOSED) {
        throw new Error(`closed after ${JSON.stringify(this.frames)}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onFrame = resolve;
      await promise;
    }
  }

  /** The notes that have arrived. */
  get notes(): JsonFrame[] {
    return this.frames.flatMap(({ notes = [] }) => notes);
  }

  /** Waits until this many notes have arrived. */
  async untilNotes(count: number): Promise<JsonFrame[]> {
    await this.until(() => this.notes.length >= count);
    return this.notes;
  }

  /** Closes the WebSocket, and resolves when the server has, too. */
  async close(code = 1000): Promise<Closed> {
    this.#socket.close(code);
    return await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) await this.close();
  }
}

/** A join with a secret of its own. */
export function toJoin(join: JsonJoin): JsonFrame {
  return { client: `client of ${join.name}`.padEnd(16, "."), ...join };
}
