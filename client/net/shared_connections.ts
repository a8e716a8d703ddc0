import type { ChallengeMessage, ClientFrameInit, ServerFrame } from "../../proto/messages.ts";
import type { ServerIdentity } from "../../proto/identity/proof.ts";
import { ChatError } from "../../room/errors.ts";
import { type ConnectionOptions, GrpcConnection } from "./grpc.ts";
import type { SessionCall, SessionConnection } from "./transport.ts";

/**
 * The most sessions of a connection. It is less than a server admits by default, since sessions
 * that have just ended count for a moment.
 */
const MAX_SESSIONS = 64;

/** A connection with its sessions. */
class SharedConnection {
  readonly connection: GrpcConnection;
  readonly #options: ConnectionOptions;
  #sessions = 0;
  /** The most sessions; fewer once the server has refused one that may have been too many. */
  #max = MAX_SESSIONS;
  /** Whether a session was given up before the server had answered. */
  isSilent = false;

  constructor(address: string, options: ConnectionOptions, share: number) {
    this.connection = new GrpcConnection(address, { ...options, share });
    this.#options = options;
  }

  /** Whether it takes a new session to `address`. */
  accepts(address: string, { tls, keepaliveMs }: ConnectionOptions): boolean {
    return address === this.connection.address && tls === this.#options.tls &&
      keepaliveMs === this.#options.keepaliveMs && this.#sessions < this.#max &&
      !this.isSilent && !this.connection.isBroken;
  }

  /** Adds a session. */
  enter(): this {
    this.#sessions++;
    return this;
  }

  /** Removes a session. Returns whether it was the last one, with which the connection closes. */
  leave(): boolean {
    if (--this.#sessions > 0) return false;
    this.connection.close();
    return true;
  }

  /** Takes no more sessions than without the one that was refused. Returns whether that helps. */
  shrink(): boolean {
    if (this.#sessions === 1) return false; // The server has refused its only one.
    this.#max = this.#sessions - 1;
    return true;
  }
}

/** What a lease needs of the connections. */
interface Places {
  /** Takes a place for a session. */
  readonly take: () => SharedConnection;
  /** Returns a place. */
  readonly release: (shared: SharedConnection) => void;
}

/** The place of one session on a connection that others use, too. */
class Lease implements SessionConnection {
  readonly address: string;
  readonly #places: Places;
  #shared: SharedConnection;
  #isOpen = true;
  #call: SessionCall | undefined;
  /** The frames that were sent; undefined once the server has answered. */
  #unanswered: ClientFrameInit[] | undefined = [];

  constructor(address: string, places: Places) {
    this.address = address;
    this.#places = places;
    this.#shared = places.take();
  }

  session(signal: AbortSignal): SessionCall {
    this.#call = this.#shared.connection.session(signal);
    return {
      frames: this.#frames(signal),
      send: (frame) => {
        this.#unanswered?.push(frame);
        this.#call!.send(frame);
      },
      end: () => this.#call!.end(),
    };
  }

  identify(challenge: ChallengeMessage): ServerIdentity {
    return this.#shared.connection.identify(challenge);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#places.release(this.#shared);
  }

  async *#frames(signal: AbortSignal): AsyncGenerator<ServerFrame, void> {
    try {
      do {
        try {
          for await (const frame of this.#call!.frames) {
            this.#unanswered = undefined;
            yield frame;
          }
          return;
        } catch (error) {
          if (!this.#reopen(error, signal)) {
            this.#unanswered = undefined;
            throw error;
          }
        }
      } while (true);
    } finally {
      if (this.#unanswered && signal.aborted) this.#shared.isSilent = true;
    }
  }

  /**
   * Opens the session again on another connection, if the server has refused it because there are
   * too many of something: perhaps of sessions on this connection. Returns whether it has.
   */
  #reopen(error: unknown, signal: AbortSignal): boolean {
    const isFull = error instanceof ChatError && error.code === "too_large"; // See `full`.
    if (!isFull || !this.#unanswered || !this.#isOpen || signal.aborted) return false;
    const before = this.#shared;
    if (!before.shrink()) return false;
    this.#shared = this.#places.take();
    this.#places.release(before);
    this.#call = this.#shared.connection.session(signal);
    for (const frame of this.#unanswered) this.#call.send(frame);
    return true;
  }
}

/** The options of {@linkcode SharedConnections}. */
export interface SharedConnectionsOptions {
  /** The number of sessions that share the memory of one. Default 1: each may use as much. */
  readonly sessions?: number;
}

/** The part of its memory that a session has in any case: 100 notes, or 64 Ki characters. */
const LEAST_SHARE = 1 / 100;

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
  /** The part of the memory for what was received and is not read that a session may use. */
  readonly share: number;

  /** Starts without a connection. */
  constructor({ sessions = 1 }: SharedConnectionsOptions = {}) {
    this.share = Math.max(1 / sessions, LEAST_SHARE);
  }

  /** Returns a connection to `address` for one session. `options.tls` is compared by identity. */
  dial(address: string, options: ConnectionOptions): SessionConnection {
    return new Lease(address, {
      take: () => this.#take(address, options),
      release: (shared) => {
        if (shared.leave()) this.#connections.delete(shared);
      },
    });
  }

  #take(address: string, options: ConnectionOptions): SharedConnection {
    for (const shared of this.#connections) {
      if (shared.accepts(address, options)) return shared.enter();
    }
    const shared = new SharedConnection(address, options, this.share);
    this.#connections.add(shared);
    return shared.enter();
  }
}
