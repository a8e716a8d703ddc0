import { count } from "../room/count.ts";
import {
  type ClosableSocket,
  Connection,
  type ConnectionOptions,
  type Incoming,
} from "./connection.ts";
import { networkOf, UNIX } from "./network.ts";
import type { RefusalKind, Report } from "./event.ts";

/** Where the peer of a socket is; nowhere, if it is a Unix one. */
export interface Origin {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** How many connections there may be, and what each may do. */
export interface ConnectionsOptions extends Omit<ConnectionOptions, "onCut"> {
  /** How many there may be in all. */
  readonly maxConnections: number;
  /** How many there may be from one address; from Unix sockets, any number. */
  readonly maxPerAddress: number;
  /** Hears of those that were not let in, or were cut. */
  readonly report: Report;
  /** Hears how many there are, whenever that changes. */
  readonly onCount: (connections: number) => void;
}

/** Who is connected. */
export class Connections {
  readonly #options: ConnectionsOptions;
  #count = 0;
  /** How many there are from each network. */
  readonly #perNetwork = new Map<string, number>();
  /** Those from addresses, as gRPC names their peers. */
  readonly #byPeer = new Map<string, Connection>();
  /** All, by the sockets that they came by. */
  readonly #bySocket = new WeakMap<object, Connection>();

  /** Makes an empty registry. */
  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Takes a new connection in, or closes it if there are too many. */
  admit(socket: ClosableSocket & Origin): void {
    const { maxConnections, maxPerAddress, report } = this.#options;
    const { remoteAddress, remotePort } = socket;
    const network = remoteAddress === undefined ? undefined : networkOf(remoteAddress);
    const refused = (kind: RefusalKind, reason: string) =>
      report({ type: "refused", kind, reason, address: remoteAddress ?? UNIX });
    if (this.#count >= maxConnections) {
      refused("connections", `there may be ${count(maxConnections, "connection")} at once`);
    } else if (network !== undefined && this.#from(network) >= maxPerAddress) {
      refused(
        "connections per address",
        `an address may have ${count(maxPerAddress, "connection")}`,
      );
    } else {
      const connection = new Connection(socket, {
        ...this.#options,
        // gRPC does not tell by which Unix socket a call came: all of them may take their time.
        ...(network === undefined && { joinTimeoutMs: Infinity, idleTimeoutMs: Infinity }),
        onCut: (kind, words) => refused(kind, `the connection is cut: ${words}`),
      });
      return this.#add(socket, connection, network, `${remoteAddress}:${remotePort}`);
    }
    socket.destroy();
  }

  /**
   * Watches what comes through a connection, in plaintext, and says whether it was let in. One
   * that is encrypted over a Unix socket cannot be told from the others, and is not watched.
   */
  watch(plain: Incoming & Origin): boolean {
    const connection = this.#bySocket.get(plain) ??
      this.of(`${plain.remoteAddress}:${plain.remotePort}`);
    connection?.watch(plain);
    return connection !== undefined || plain.remoteAddress === undefined;
  }

  /** The connection of a call, given what gRPC calls its peer; none for a Unix socket. */
  of(peer: string): Connection | undefined {
    return this.#byPeer.get(peer);
  }

  #from(network: string): number {
    return this.#perNetwork.get(network) ?? 0;
  }

  #add(
    socket: ClosableSocket,
    connection: Connection,
    network: string | undefined,
    peer: string,
  ): void {
    this.#options.onCount(++this.#count);
    this.#bySocket.set(socket, connection);
    if (network !== undefined) {
      this.#perNetwork.set(network, this.#from(network) + 1);
      this.#byPeer.set(peer, connection);
    }
    socket.on("close", () => {
      this.#options.onCount(--this.#count);
      if (network === undefined) return;
      this.#byPeer.delete(peer);
      const left = this.#from(network) - 1;
      if (left > 0) this.#perNetwork.set(network, left);
      else this.#perNetwork.delete(network);
    });
  }
}
