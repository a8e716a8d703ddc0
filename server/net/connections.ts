import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { LIMITS } from "../../room/limits.ts";
import { ChatError } from "../../room/errors.ts";
import { toNetwork, toSite, UNIX } from "../../room/network.ts";
import { formatCount } from "../../text/number.ts";
import type { Bounds } from "../bounds.ts";
import type { RefusalKind, Report } from "../events/event.ts";
import {
  type ClosableSocket,
  Connection,
  type ConnectionOptions,
  type Incoming,
} from "./connection.ts";
import { type RemoteAddress, toPeer } from "./grpc_peer.ts";
import type { Protocol } from "./protocol.ts";
import { affordableConnections } from "./open_files.ts";

/** The part of a socket that says where it comes from. A Unix socket has no remote address. */
type Remote = Partial<Pick<Socket, keyof RemoteAddress>>;

/** The bounds of connections, and their observers. */
export interface ConnectionsOptions {
  readonly bounds: Bounds;
  /** Called for connections that were refused or cut. */
  readonly report: Report;
  /** Called with the number of connections whenever it changes. */
  readonly onCount: (connections: number) => void;
  /** The time in milliseconds, from a monotonic clock. */
  readonly now: () => number;
}

/** The time for which a silent connection may be the acceptor's probe, in milliseconds. */
const UNSURE_MS = 1_000;

/** A limit on the connections from one source. */
interface SourceLimit {
  readonly where: string;
  readonly max: number;
  /** The source in words, for the reason of a refusal. */
  readonly what: string;
}

/** The open connections. */
export class Connections {
  readonly #options: ConnectionsOptions;
  #count = 0;
  /** The current maximum: once the open-files limit is known, no more than that allows. */
  #max: number;
  /** Counts Unix sockets, which get this number as their port. */
  #unixSockets = 0;
  /** All received bytes that are not read yet. */
  #unread = 0;
  /** The number of connections per network and per site. */
  readonly #perNetwork = new Map<string, number>();
  /** Connections by the name that gRPC gives their peer. */
  readonly #byPeer = new Map<string, Connection>();
  /** The remote addresses of sockets. */
  readonly #origins = new WeakMap<object, RemoteAddress>();
  /** Admits a connection that may be the acceptor's probe. */
  readonly #unsure = new Map<object, () => void>();
  /** Connections without a session, oldest first. They may be evicted. */
  readonly #waiting = new Set<Connection>();

  readonly #connectionOptions: ConnectionOptions;

  constructor(options: ConnectionsOptions) {
    const { bounds, now, report } = this.#options = options;
    this.#max = bounds.maxConnections;
    this.#connectionOptions = {
      bounds,
      now,
      onCut: ({ address }, kind, words) =>
        report({ type: "refused", kind, reason: `the connection was cut: ${words}`, address }),
      onUnread: (bytes) => {
        this.#unread += bytes;
        if (bytes > 0 && this.#unread > LIMITS.unreadBytes) this.#dropLargest();
      },
      onPinned: (connection, isPinned) =>
        isPinned ? this.#waiting.delete(connection) : this.#waiting.add(connection),
    };
  }

  /**
   * Finds out how many connections the open-files limit allows, and reports a shortage. Probing
   * takes about 50 ms for 2,000 connections.
   */
  fit(): void {
    const { bounds: { maxConnections }, report } = this.#options;
    const most = affordableConnections(maxConnections, this.#count);
    if (most < maxConnections && most !== this.#max) {
      const bound = `at most ${most} connections, not the ${maxConnections} of its bound`;
      report({ type: "shortage", reason: `open files are limited: ${bound}` });
    }
    this.#max = most;
  }

  /**
   * Admits a new connection, or closes it if a bound is reached. If it is the total, the oldest
   * connection without a session is evicted instead. A connection that `maybeOwn` (see
   * {@linkcode AcceptorOptions.accept}) counts only once it sends something or stays open.
   */
  admit(socket: ClosableSocket & Remote, maybeOwn = false): void {
    if (!maybeOwn) return this.#letIn(socket, () => socket.destroy());
    const letIn = () => {
      clearTimeout(timer);
      // Deferred: its first call may be in the middle of being read.
      if (this.#unsure.delete(socket)) {
        this.#letIn(socket, () => setImmediate(() => socket.destroy()));
      }
    };
    const timer = setTimeout(letIn, UNSURE_MS);
    this.#unsure.set(socket, letIn);
    socket.on("close", () => {
      clearTimeout(timer);
      this.#unsure.delete(socket);
    });
  }

  #letIn(socket: ClosableSocket & Remote, close: () => void): void {
    const { report } = this.#options;
    const { remoteAddress = UNIX, remotePort = ++this.#unixSockets } = socket;
    const bounds = this.#limitsFor(remoteAddress);
    const passed = bounds.find(({ where, max }) => this.#countFrom(where) >= max);
    const refuse = (kind: RefusalKind, reason: string) => {
      report({ type: "refused", kind, reason, address: remoteAddress });
      close();
    };
    if (passed) {
      const { what, max } = passed;
      refuse("connections per address", `${what} may have ${formatCount(max, "connection")}`);
    } else if (this.#count >= this.#max && !this.#evictOldest()) {
      refuse("connections", `there may be ${formatCount(this.#max, "connection")} at once`);
    } else this.#add(socket, { remoteAddress, remotePort }, bounds);
  }

  /**
   * Meters the plaintext bytes of a connection that has sent some. Returns undefined if it was not
   * admitted. `bare` is the admitted socket, which may be encrypted.
   */
  watch(plain: Incoming & Remote, bare: object, protocol: Protocol): Connection | undefined {
    this.#unsure.get(bare)?.(); // The acceptor's probe sends nothing.
    const origin = this.#origins.get(bare);
    if (!origin) return undefined;
    if (plain.remoteAddress === undefined) {
      // A Unix socket, or one that its peer has since reset. gRPC gets the address used here.
      const { remoteAddress, remotePort } = origin;
      Object.defineProperties(plain, {
        remoteAddress: { value: remoteAddress },
        remotePort: { value: remotePort },
      });
    }
    const connection = this.#byPeer.get(toPeer(origin));
    connection?.watch(plain, protocol);
    return connection;
  }

  /** Releases a stream's unread bytes when it closes. */
  trackStream(stream: ServerHttp2Stream): void {
    const { remoteAddress = "", remotePort = 0 } = stream.session?.socket ?? {};
    const connection = this.#byPeer.get(toPeer({ remoteAddress, remotePort }));
    const { id } = stream;
    if (connection && id !== undefined) stream.on("close", () => connection.unread.close(id));
  }

  /** Records that this many bytes of a stream were read. */
  recordRead(peer: string, stream: number, bytes: number): void {
    this.#byPeer.get(peer)?.unread.add(stream, -bytes);
  }

  /**
   * Returns the connection of a call, by the peer that gRPC names.
   *
   * @throws {ChatError} `unavailable`, if it is gone.
   */
  get(peer: string): Connection {
    const connection = this.#byPeer.get(peer);
    if (!connection) throw new ChatError("unavailable", "The connection is gone");
    return connection;
  }

  #limitsFor(address: string): SourceLimit[] {
    if (address === UNIX) return [];
    const { maxPerAddress } = this.#options.bounds;
    const network = toNetwork(address);
    const site = toSite(network);
    const bound = { where: network, max: maxPerAddress, what: "an address" };
    if (site === undefined) return [bound];
    return [bound, { where: site, max: 2 * maxPerAddress, what: "a /48 network" }];
  }

  #countFrom(where: string): number {
    return this.#perNetwork.get(where) ?? 0;
  }

  /** Evicts the oldest connection without a session. Returns false if there is none. */
  #evictOldest(): boolean {
    const [oldest] = this.#waiting;
    if (!oldest) return false;
    this.#waiting.delete(oldest);
    oldest.evict("the server is full, and it has no session");
    return true;
  }

  /** Cuts the connection with the most unread bytes. */
  #dropLargest(): void {
    let most: Connection | undefined;
    for (const each of this.#byPeer.values()) {
      if (each.unread.bytes > (most?.unread.bytes ?? 0)) most = each;
    }
    most?.drop();
  }

  #add(socket: ClosableSocket, origin: RemoteAddress, bounds: readonly SourceLimit[]): void {
    const connection = new Connection(socket, origin.remoteAddress, this.#connectionOptions);
    const peer = toPeer(origin);
    this.#options.onCount(++this.#count);
    this.#origins.set(socket, origin);
    this.#byPeer.set(peer, connection);
    this.#waiting.add(connection);
    for (const { where } of bounds) this.#perNetwork.set(where, this.#countFrom(where) + 1);
    socket.on("close", () => {
      this.#options.onCount(--this.#count);
      this.#byPeer.delete(peer);
      this.#waiting.delete(connection);
      for (const { where } of bounds) {
        const left = this.#countFrom(where) - 1;
        if (left > 0) this.#perNetwork.set(where, left);
        else this.#perNetwork.delete(where);
      }
    });
  }
}
