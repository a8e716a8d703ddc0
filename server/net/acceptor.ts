import { createConnection, type Socket } from "node:net";
import { type Errno, errnoOf, errnoWords } from "../../platform/errno.ts";
import { type Address, formatAddress } from "../../text/address.ts";
import { nextTick } from "../event_loop.ts";
import type { Report } from "../events/event.ts";
import { sleep } from "../sleep.ts";
import { cannotListen, parseListenAddress } from "./listen_address.ts";
import { checkFree, type ListeningSocket, listenTcp, listenUnix } from "./listening_socket.ts";

/** Where to accept connections, and what becomes of them. */
export interface AcceptorOptions {
  /** `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
  readonly address: string;
  /** Who gets to a Unix socket. Default: its owner. */
  readonly socketMode?: number | undefined;
  /**
   * Takes each connection. One that `maybeOwn` may be the acceptor's own: it sends nothing then,
   * and is closed soon.
   */
  readonly accept: (socket: Socket, maybeOwn: boolean) => void;
  /** Hears when no more connections come in, and when they do again. */
  readonly report: Report;
  /** The same, for what has to be right meanwhile. */
  readonly onChange?: (accepts: boolean) => void;
}

const SOCKET_MODE = 0o600;

/** How often it looks whether connections come in, and how long one may take, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;

/** Why connections do not come in, and whether listening anew may help. */
interface Fault {
  readonly words: string;
  readonly isDeaf: boolean;
}

/** The fault of one that nobody has said anything about. */
const UNHEARD = "a connection could not be accepted";

/** The errors by which the system says that it has nothing left for one more connection. */
const EXHAUSTED: readonly Errno[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

/**
 * Accepts connections for good. Deno's `node:net` gives up after one failed `accept()`, and says
 * nothing (2.9.6): so while no connection comes in, the acceptor makes one of its own from time to
 * time, and listens anew if that does not arrive.
 */
export class Acceptor {
  readonly #options: AcceptorOptions;
  /** The address that was given: its host may be a name. */
  readonly #given: Address;
  /** Where it listens; once it does, with the port that was picked. */
  #socketAddress: Address;
  /** What listens; undefined while that has failed. */
  #socket: ListeningSocket | undefined;
  readonly #closed = new AbortController();
  /** Whether a connection has come in since the last look. */
  #hasAccepted = false;
  /** Wakes what waits for a connection to come in. */
  #onAccept = () => {};
  /** Whether connections from this machine may be the acceptor's own. */
  #expectsOwn = false;
  /** The ports of those that have come in, until that of its own is known. */
  #suspects = new Set<number | undefined>();
  /** Whether a connection of its own ever got as far as the queue of what listens. */
  #wasReached = false;
  /** Since when no connections come in, by `performance.now()`; undefined if they do. */
  #outSince: number | undefined;

  private constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#given = this.#socketAddress = parseListenAddress(options.address);
  }

  /**
   * Starts to accept connections.
   *
   * @throws {ChatError} `unavailable`, if the address cannot be listened on.
   */
  static async open(options: AcceptorOptions): Promise<Acceptor> {
    const acceptor = new Acceptor(options);
    try {
      if ("path" in acceptor.#socketAddress) await checkFree(acceptor.#socketAddress.path);
      await acceptor.#listen();
    } catch (cause) {
      throw cannotListen(options.address, cause);
    }
    void acceptor.#watch().catch((error) => {
      if (error !== acceptor.#closed.signal.reason) options.report({ type: "error", error });
    });
    return acceptor;
  }

  /** Where it listens, with the port that was picked. */
  get address(): string {
    const listening = this.#socketAddress;
    return formatAddress(
      "port" in listening ? { ...this.#given, port: listening.port } : listening,
    );
  }

  /** Accepts no more; connections that are open stay open. */
  close(): void {
    this.#closed.abort();
    this.#onAccept();
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #listen(): Promise<void> {
    const { socketMode = SOCKET_MODE } = this.#options;
    const accept = (socket: Socket) => this.#handle(socket);
    const socketAddress = this.#socketAddress;
    const socket = "path" in socketAddress
      ? await listenUnix(socketAddress.path, accept, socketMode)
      : await listenTcp(socketAddress, accept);
    this.#socketAddress = socket.address;
    if (this.#closed.signal.aborted) return socket.close();
    this.#socket?.close(); // Of a path: the new one has taken its place.
    this.#socket = socket;
  }

  #handle(socket: Socket): void {
    this.#hasAccepted = true;
    this.#onAccept();
    if (this.#outSince !== undefined) this.#endOutage(this.#outSince);
    // Which one it is cannot be told in time: the port of its other end is often not known yet.
    const maybeOwn = this.#expectsOwn && socket.remoteAddress === socket.localAddress;
    if (maybeOwn) this.#suspects.add(socket.remotePort);
    this.#options.accept(socket, maybeOwn);
  }

  async #watch(): Promise<never> {
    const { signal } = this.#closed;
    for (let restMs = CHECK_INTERVAL_MS;;) {
      await sleep(restMs, signal);
      this.#expectsOwn = false; // Not earlier: the last one may have come in after others.
      const wasAtOnce = restMs === 0;
      restMs = CHECK_INTERVAL_MS;
      const fault = this.#hasAccepted ? undefined : await this.#findFault();
      this.#hasAccepted = false;
      signal.throwIfAborted();
      if (fault === undefined) continue;
      const isNew = this.#outSince === undefined;
      if (isNew) this.#beginOutage(fault.words);
      if (fault.isDeaf && await this.#listenAnew(isNew) && !wasAtOnce) restMs = 0; // Is it over?
    }
  }

  /** Listens anew, and returns whether that is so; says why not if this is the first time. */
  async #listenAnew(isFirst: boolean): Promise<boolean> {
    if ("port" in this.#socketAddress) {
      this.#socket?.close(); // Only then there is room for another one.
      this.#socket = undefined;
    }
    try {
      await this.#listen();
      return true;
    } catch (cause) {
      if (isFirst) {
        this.#options.report({ type: "error", error: cannotListen(this.address, cause) });
      }
      return false;
    }
  }

  /** Makes a connection, and finds why it does not come in; undefined if that cannot be said. */
  async #findFault(): Promise<Fault | undefined> {
    if (!this.#socket) return { words: "it could not listen again", isDeaf: true };
    if (!this.#socket.isInPlace() && "path" in this.#socketAddress) {
      const isTaken = await checkFree(this.#socketAddress.path).then(() => false, () => true);
      return isTaken
        ? { words: "somebody else has put a file in its place", isDeaf: false }
        : { words: "its socket was removed", isDeaf: true };
    }
    const { promise, resolve } = Promise.withResolvers<Fault | undefined>();
    this.#onAccept = () => resolve(undefined);
    this.#expectsOwn = true;
    this.#suspects = new Set();
    const own = createConnection(dialAddress(this.#socketAddress));
    let isOver = false;
    own.once("connect", () => {
      this.#wasReached = true;
      if (this.#suspects.has(own.localPort)) this.#expectsOwn = false;
      if (isOver) own.destroy();
    });
    own.once("error", (error: Error & { readonly code?: string }) => {
      const errno = errnoOf(error);
      if (errno && EXHAUSTED.includes(errno)) resolve({ words: errnoWords(errno), isDeaf: false });
      if (error.code === "EAGAIN") this.#wasReached = true; // The queue of a Unix socket is full.
    });
    const timer = setTimeout(async () => {
      // Nothing may have run for so long: what has come meanwhile is accepted by now.
      await nextTick();
      await nextTick();
      resolve(this.#wasReached ? { words: UNHEARD, isDeaf: true } : undefined);
    }, CONNECT_TIMEOUT_MS);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#onAccept = () => {};
      isOver = true;
      if (!own.connecting) own.destroy(); // Its port is known only once it is connected.
    }
  }

  #beginOutage(reason: string): void {
    this.#outSince = performance.now();
    this.#options.report({ type: "outage", address: this.address, reason });
    this.#options.onChange?.(false);
  }

  #endOutage(since: number): void {
    this.#outSince = undefined;
    const seconds = Math.round((performance.now() - since) / 100) / 10;
    this.#options.report({ type: "recovery", address: this.address, seconds });
    this.#options.onChange?.(true);
  }
}

/** The address by which this machine reaches a socket that listens on `address`. */
function dialAddress(address: Address): Address {
  if ("path" in address) return address;
  const { host, port } = address;
  return { host: host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host, port };
}
