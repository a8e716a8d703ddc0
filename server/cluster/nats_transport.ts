import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { checkOptions, extractProtocolMessage, INFO } from "@nats-io/nats-core/internal";
import type { ConnectionOptions, Server, ServerInfo, Transport } from "@nats-io/nats-core/internal";
import { Wakeup } from "../../room/wakeup.ts";

/** The most that a node sends before TLS, in bytes. */
const MAX_INFO_BYTES = 65_536;

/** The answer of a node that accepts a client. */
const PONG = "PONG\r\n";

const { signal } = new AbortController();

/**
 * A connection to one node. The package's own one removes the listeners of its sockets, so that a
 * late error of TLS, such as a refused certificate, would end the process.
 */
export class NatsTransport implements Transport {
  readonly lang = "deno";
  readonly version = Deno.version.deno;
  closeError?: Error;
  readonly #closed = Promise.withResolvers<void | Error>();
  readonly #arrived = new Wakeup();
  #chunks: Uint8Array[] = [];
  #socket: Socket | undefined;
  #isConnected = false;
  /** What the node says until it accepts this client. */
  #greeting = "";
  #isAccepted = false;
  /** Whether the package tries to connect only once, and is to be told of each end. */
  #isSingle = false;
  isClosed = false;

  async connect({ hostname, port }: Server, options: ConnectionOptions): Promise<void> {
    this.#isSingle = options.reconnect === false;
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = this.#use(connectTcp({ host, port, noDelay: true }));
    await opening(socket, "connect");
    const { info, bytes } = await firstInfo(socket);
    checkOptions(info, options);
    this.#chunks.push(bytes);
    if (info.tls_required || options.tls) await this.#secure(socket, host, options.tls ?? {});
    this.#isConnected = true;
    this.#read();
  }

  /** Remembers a socket, and keeps its errors from being uncaught. */
  #use(socket: Socket): Socket {
    this.#socket = socket;
    socket.on("error", (error) => this.closeError ??= error);
    if (this.isClosed) socket.destroy();
    return socket;
  }

  async #secure(socket: Socket, host: string, options: object): Promise<void> {
    // The name is also that which the certificate is checked against.
    const secured = connectTls({
      ...options,
      socket,
      host,
      ...(!isIP(host) && { servername: host }),
    });
    this.#use(secured);
    await opening(secured, "secureConnect");
  }

  #read(): void {
    this.#socket!.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    this.#socket!.once("close", () => this.#lose());
    if (this.#socket!.destroyed) this.#lose();
  }

  #receive(chunk: Uint8Array): void {
    if (!this.#isAccepted) {
      this.#greeting += new TextDecoder("latin1").decode(chunk);
      this.#isAccepted = this.#greeting.includes(PONG);
    }
    this.#chunks.push(chunk);
    this.#arrived.notify();
  }

  /**
   * Ends it after the node has. A node that stops may do so before it accepts this client. The
   * package would not notice that, and wait for the answer: it gets one, and then the end.
   */
  #lose(): void {
    if (this.#isAccepted || this.#isSingle || this.isClosed) return this.disconnect();
    this.#receive(new TextEncoder().encode(PONG));
    setTimeout(() => this.disconnect(), 0);
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    while (!this.isClosed) {
      const chunks = this.#chunks;
      this.#chunks = [];
      yield* chunks;
      if (this.#chunks.length === 0) await this.#arrived.wait(signal);
    }
  }

  isEncrypted(): boolean {
    return this.#socket !== undefined && "encrypted" in this.#socket;
  }

  send(frame: Uint8Array): void {
    if (!this.isClosed) this.#socket?.write(frame);
  }

  /**
   * Ends it for a reason. One that was not accepted does not tell so by `closed()`: the package
   * tries the next node already.
   */
  close(error?: Error): Promise<void> {
    const tells = this.#isConnected && (this.#isAccepted || this.#isSingle);
    if (tells && error) this.closeError ??= error;
    this.discard();
    if (tells) this.#closed.resolve(this.closeError);
    return Promise.resolve();
  }

  disconnect(): void {
    void this.close();
  }

  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  discard(): void {
    this.isClosed = true;
    this.#socket?.destroy();
    this.#arrived.notify();
  }
}

/** Waits until a socket is open. */
async function opening(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once(event, () => resolve());
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  await promise;
}

/** Reads what a node says first, which may be that it wants TLS. */
async function firstInfo(socket: Socket): Promise<{ info: ServerInfo; bytes: Uint8Array }> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Uint8Array[] = [];
  const onData = (chunk: Uint8Array) => {
    chunks.push(chunk);
    const line = extractProtocolMessage(joined(chunks));
    if (line !== "") resolve(line);
    else if (joined(chunks).length > MAX_INFO_BYTES) reject(new Error("it is not NATS"));
  };
  const onClose = () => reject(new Error("the connection was closed"));
  socket.on("data", onData).once("close", onClose);
  try {
    const parsed = INFO.exec(await promise);
    if (!parsed) throw new Error("it is not NATS");
    return { info: JSON.parse(parsed[1]!), bytes: joined(chunks) };
  } finally {
    socket.off("data", onData).off("close", onClose);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
