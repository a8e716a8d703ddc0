import type { ServerHttp2Stream } from "node:http2";
import { LIMITS } from "../../room/limits.ts";
import { ChatError } from "../../room/errors.ts";
import { toNetwork, toSite, UNIX } from "../../room/network.ts";
import { formatCount } from "../../text/number.ts";
import type { Bounds } from "../bounds.ts";
import type { RefusalKind, Report } from "../events/event.ts";
import { type ClosableSocket, Connection, type Incoming } from "./connection.ts";
import { type RemoteEnd, toPeer } from "./grpc_peer.ts";
import { affordableConnections } from "./open_files.ts";

/** Where the peer of a socket is; nowhere, if it is a Unix one. */
export interface RemoteAddress {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** The bounds of connections, and who observes them. */
export interface ConnectionsOptions {
  readonly bounds: Bounds;
  /** Called for connections that were refused or cut. */
  readonly report: Report;
  /** Called with the number of connections whenever it changes. */
  readonly onCount: (connections: number) => void;
  /** The time in milliseconds, by a clock that only goes forward. */
  readonly now: () => number;
}

/** How long a connection that sends nothing may be taken for the server's own, in milliseconds. */
const UNSURE_MS = 1_000;

/** A bound on the connections from somewhere. */
interface Bound {
  readonly where: string;
  readonly max: number;
  /** What it is of, in words. */
  readonly what: string;
}

/** Who is connected. */
export class Connections {
  readonly #options: ConnectionsOptions;
  #count = 0;
  /** How many there may be: as many as the process may have files for, once that is known. */
  #max: number;
  /** How many Unix sockets there were: they have their number for a port. */
  #unixSockets = 0;
  /** What all have sent and nobody has read, in bytes. */
  #unread = 0;
  /** How many there are from each network, and from each site. */
  readonly #perNetwork = new Map<string, number>();
  /** All, as gRPC names their peers. */
  readonly #byPeer = new Map<string, Connection>();
  /** The peers that all are, by the sockets that they came by. */
  readonly #origins = new WeakMap<object, RemoteEnd>();
  /** What lets those in that may be the server's own. */
  readonly #unsure = new Map<object, () => void>();
  /** Those that nobody has joined by, the oldest first: they make way for others. */
  readonly #waiting = new Set<Connection>();

  /** Makes an empty registry. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#max = options.bounds.maxConnections;
  }

  /**
   * Finds out how many connections the process may have files for, which bounds them, and reports
   * a shortage. Trying takes about 50 ms for 2,000.
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
   * Takes a new connection in, or closes it if there are too many. If there are too many in all,
   * the oldest that nobody has joined by makes way for it. One that `maybeOwn` (see
   * {@linkcode AcceptorOptions.accept}) counts only once it sends something, or stays.
   */
  admit(socket: ClosableSocket & RemoteAddress, maybeOwn = false): void {
    if (!maybeOwn) return this.#letIn(socket, () => socket.destroy());
    const letIn = () => {
      clearTimeout(timer);
      // Not at once: it may be that its first call is being read.
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

  #letIn(socket: ClosableSocket & RemoteAddress, close: () => void): void {
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
   * Watches what comes through a connection, in plaintext, and says whether it was let in; `bare`
   * is what was let in, which may be encrypted.
   */
  watch(plain: Incoming & RemoteAddress, bare: object): boolean {
    const letIn = this.#unsure.get(bare);
    if (letIn && plain === bare) {
      const { emit } = plain;
      plain.emit = (event, ...args) => {
        if (event !== "data") return emit.call(plain, event, ...args);
        plain.emit = emit;
        letIn();
        return this.watch(plain, bare) && plain.emit(event, ...args);
      };
      return true;
    }
    letIn?.(); // The server's own connections agree on no keys.
    const origin = this.#origins.get(bare);
    if (!origin) return false;
    if (plain.remoteAddress === undefined) {
      // A Unix socket, or one that its peer has reset since: gRPC names it as we do.
      const { remoteAddress, remotePort } = origin;
      Object.defineProperties(plain, {
        remoteAddress: { value: remoteAddress },
        remotePort: { value: remotePort },
      });
    }
    this.#byPeer.get(toPeer(origin))?.watch(plain);
    return true;
  }

  /** Follows a stream to its end: what comes by it counts until it is read. */
  trackStream(stream: ServerHttp2Stream): void {
    const { remoteAddress = "", remotePort = 0 } = stream.session?.socket ?? {};
    const connection = this.#byPeer.get(toPeer({ remoteAddress, remotePort }));
    const { id } = stream;
    if (connection && id !== undefined) stream.once("close", () => connection.unread.close(id));
  }

  /** Hears that so many bytes of a stream have been read. */
  recordRead(peer: string, stream: number, bytes: number): void {
    this.#byPeer.get(peer)?.unread.add(stream, -bytes);
  }

  /**
   * The connection of a call, given what gRPC calls its peer.
   *
   * @throws {ChatError} `unavailable`, if it is gone.
   */
  get(peer: string): Connection {
    const connection = this.#byPeer.get(peer);
    if (!connection) throw new ChatError("unavailable", "The connection is gone");
    return connection;
  }

  #limitsFor(address: string): Bound[] {
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

  /** Has a connection make way; returns whether there is one that does. */
  #evictOldest(): boolean {
    const [oldest] = this.#waiting;
    if (!oldest) return false;
    this.#waiting.delete(oldest);
    oldest.evict("the server is full, and nobody has joined by it");
    return true;
  }

  /** Cuts the connection that has sent most of what nobody has read. */
  #dropLargest(): void {
    let most: Connection | undefined;
    for (const each of this.#byPeer.values()) {
      if (each.unread.bytes > (most?.unread.bytes ?? 0)) most = each;
    }
    most?.drop();
  }

  #add(socket: ClosableSocket, origin: RemoteEnd, bounds: readonly Bound[]): void {
    const connection = new Connection(socket, {
      bounds: this.#options.bounds,
      now: this.#options.now,
      onCut: (kind, words) => {
        const reason = `the connection is cut: ${words}`;
        this.#options.report({ type: "refused", kind, reason, address: origin.remoteAddress });
      },
      onUnread: (bytes) => {
        this.#unread += bytes;
        if (bytes > 0 && this.#unread > LIMITS.unreadBytes) this.#dropLargest();
      },
      onPinned: (isPinned) =>
        isPinned ? this.#waiting.delete(connection) : this.#waiting.add(connection),
    });
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
