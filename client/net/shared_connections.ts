import { ChatError } from "../../room/errors.ts";
import type { ServerFrame } from "../../proto/messages.ts";
import { type ConnectionOptions, GrpcConnection } from "./grpc.ts";
import type { SessionCall, SessionConnection } from "./transport.ts";

/**
 * The most sessions of a connection. It is less than a server admits by default, since sessions
 * that have just ended count for a moment.
 */
const MAX_SESSIONS = 64;

/** A connection with its sessions. */
class SharedConnection {
  readonly #connection: GrpcConnection;
  readonly #options: ConnectionOptions;
  #leases = 0;
  /** The most sessions; fewer once the server has refused one because there were too many. */
  #max = MAX_SESSIONS;
  /** Whether a session was given up before the server had answered. */
  #isSilent = false;

  constructor(address: string, options: ConnectionOptions) {
    this.#connection = new GrpcConnection(address, options);
    this.#options = options;
  }

  /** Whether it takes a new session to `address`. */
  accepts(address: string, { tls, keepaliveMs }: ConnectionOptions): boolean {
    return address === this.#connection.address && tls === this.#options.tls &&
      keepaliveMs === this.#options.keepaliveMs && this.#leases < this.#max &&
      !this.#isSilent && !this.#connection.isBroken;
  }

  /** Adds a session. `onUnused` is called when it was the last one. */
  lease(onUnused: () => void): SessionConnection {
    const connection = this.#connection;
    this.#leases++;
    let isOpen = true;
    return {
      address: connection.address,
      session: (signal) => this.#watch(connection.session(signal), signal),
      identify: (challenge) => connection.identify(challenge),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        if (--this.#leases > 0) return;
        connection.close();
        onUnused();
      },
    };
  }

  /** Notices what a session finds out about the connection. */
  #watch(call: SessionCall, signal: AbortSignal): SessionCall {
    return { ...call, frames: this.#frames(call, signal) };
  }

  async *#frames({ frames }: SessionCall, signal: AbortSignal): AsyncGenerator<ServerFrame, void> {
    let answered = false;
    try {
      for await (const frame of frames) {
        answered = true;
        yield frame;
      }
    } catch (error) {
      // Perhaps because of the room, and not of the connection: the others keep their places.
      if (!answered && error instanceof ChatError && error.code === "full") {
        this.#max = Math.max(1, this.#leases - 1);
      }
      answered = true;
      throw error;
    } finally {
      if (!answered && signal.aborted) this.#isSilent = true;
    }
  }
}

/**
 * Connections that sessions share, instead of having one each: those to one address with the same
 * options, up to 64 on one connection. A connection closes when its last session does.
 *
 * New sessions do not get a connection that is lost or does not answer. Those that are on it find
 * that out by themselves. The first one that dials again makes the next connection, which the
 * others join, even while it is being made.
 */
export class SharedConnections {
  readonly #connections = new Set<SharedConnection>();

  /** Returns a connection to `address` for one session. `options.tls` is compared by identity. */
  dial(address: string, options: ConnectionOptions): SessionConnection {
    for (const connection of this.#connections) {
      if (connection.accepts(address, options)) return this.#lease(connection);
    }
    const connection = new SharedConnection(address, options);
    this.#connections.add(connection);
    return this.#lease(connection);
  }

  #lease(connection: SharedConnection): SessionConnection {
    return connection.lease(() => this.#connections.delete(connection));
  }
}
