import { createConnection, type Socket } from "node:net";
import { type Errno, errnoOf, errnoWords } from "../../platform/errno.ts";
import { type Address, formatAddress, isWildcardHost } from "../../text/address.ts";
import { nextTick } from "../event_loop.ts";
import type { Report } from "../events/event.ts";
import { sleep } from "../sleep.ts";
import { cannotListen, parseListenAddress } from "./listen_address.ts";
import { checkFree, type ListeningSocket, listenTcp, listenUnix } from "./listening_socket.ts";

/** The address to accept connections on, and the callbacks for them. */
export interface AcceptorOptions {
  /** `HOST:PORT` (port 0 picks a free one) or `unix:PATH`. */
  readonly address: string;
  /** The mode of a Unix socket. Default: 0600, its owner only. */
  readonly socketMode?: number | undefined;
  /**
   * Called for each connection. If `maybeOwn`, it may be a probe by the acceptor itself, which
   * sends nothing and closes soon.
   */
  readonly accept: (socket: Socket, maybeOwn: boolean) => void;
  /** Called when accepting fails, and when it works again. */
  readonly report: Report;
  /** Like `report`, for state that must follow the outage. */
  readonly onChange?: (accepts: boolean) => void;
}

const SOCKET_MODE = 0o600;

/**
 * The interval of checks that connections arrive, and the timeout of such a check, in
 * milliseconds.
 */
const CHECK_INTERVAL_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;

/** The reason why connections do not arrive, and whether listening again may help. */
interface Fault {
  readonly words: string;
  readonly isDeaf: boolean;
}

/** The fault if accepting failed without an error. */
const UNHEARD = "a connection could not be accepted";

/** Error codes that mean that the system has no resources for another connection. */
const EXHAUSTED: readonly Errno[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"];

/**
 * Keeps accepting connections. Deno's `node:net` stops permanently after one failed `accept()`,
 * without an error (2.9.6). So while no connection arrives, the acceptor dials itself from time to
 * time, and listens again if that probe does not arrive.
 */
export class Acceptor {
  readonly #options: AcceptorOptions;
  /** The address that was given: its host may be a name. */
  readonly #given: Address;
  /** The address to listen on; once listening, with the actual port. */
  #socketAddress: Address;
  /** Undefined while listening has failed. */
  #socket: ListeningSocket | undefined;
  readonly #closed = new AbortController();
  /** Whether a connection has arrived since the last check. */
  #hasAccepted = false;
  /** Resolves the pending probe when a connection arrives. */
  #onAccept = () => {};
  /** Whether a connection from this machine may be a probe. */
  #expectsOwn = false;
  /** Ports of connections that may be the probe, until its own port is known. */
  #suspects = new Set<number | undefined>();
  /** Whether a probe ever reached the listen queue. */
  #wasReached = false;
  /** The start of the outage, by `performance.now()`; undefined if there is none. */
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

  /** The address that it listens on, with the actual port. */
  get address(): string {
    const listening = this.#socketAddress;
    return formatAddress(
      "port" in listening ? { ...this.#given, port: listening.port } : listening,
    );
  }

  /** Stops accepting. Open connections stay open. */
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
    this.#socket?.close(); // At a path, the new socket has replaced the old one.
    this.#socket = socket;
  }

  #handle(socket: Socket): void {
    this.#hasAccepted = true;
    this.#onAccept();
    if (this.#outSince !== undefined) this.#endOutage(this.#outSince);
    // Whether it is the probe cannot be known in time: often its local port is not known yet.
    const maybeOwn = this.#expectsOwn && socket.remoteAddress === socket.localAddress;
    if (maybeOwn) this.#suspects.add(socket.remotePort);
    this.#options.accept(socket, maybeOwn);
  }

  async #watch(): Promise<never> {
    const { signal } = this.#closed;
    for (let restMs = CHECK_INTERVAL_MS;;) {
      await sleep(restMs, signal);
      this.#expectsOwn = false; // Not earlier: the probe may have arrived after other connections.
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

  /** Listens again and returns whether that succeeded. Reports a failure if it is the first. */
  async #listenAnew(isFirst: boolean): Promise<boolean> {
    if ("port" in this.#socketAddress) {
      this.#socket?.close(); // Must come first: the port is in use until then.
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

  /**
   * Probes with a connection and returns why it does not arrive, or undefined if that is unknown.
   */
  async #findFault(): Promise<Fault | undefined> {
    if (!this.#socket) return { words: "it could not listen again", isDeaf: true };
    if (!this.#socket.isInPlace() && "path" in this.#socketAddress) {
      const isTaken = await checkFree(this.#socketAddress.path).then(() => false, () => true);
      return isTaken
        ? { words: "another file replaced its socket", isDeaf: false }
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
      // The event loop may have been blocked: connections that arrived by now are accepted in
      // these ticks.
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
  if (!isWildcardHost(host)) return address;
  return { host: host.includes(":") ? "::1" : "127.0.0.1", port };
}
