import type { Note } from "../../room/note.ts";
import { checkNumber } from "../../text/check_number.ts";
import { notListedError } from "../access/admission.ts";
import { BOUNDS } from "../bounds.ts";
import { publicAddress } from "../net/public_address.ts";
import type { ServeOptions } from "../options.ts";
import type { ChatServices } from "../session/services.ts";
import type { Encryption } from "../tls/choose.ts";
import type { FrontDoor } from "./front_door.ts";

/** Public notes of a room. */
export interface RoomNotes {
  /** The room. */
  readonly room: string;
  /** The notes, in order. */
  readonly notes: readonly Note[];
}

/** The chat that a server shares with other servers. */
export interface Cluster {
  /** The name of the chat on the engine. */
  readonly name: string;
  /** The addresses of the engine's nodes that the server was given. */
  readonly urls: readonly string[];
  /** The number of nodes that store each note. */
  readonly replicas: number;
  /** The number of running servers, including this one, as of now. */
  readonly servers: number;
}

/** A running server. */
export interface ChatServer extends AsyncDisposable {
  /** The address that it listens on, with the port that was picked. */
  readonly address: string;
  /** The address for clients: its own, or one of this machine if it listens on all of them. */
  readonly publicAddress: string;
  /** Whether only this machine can reach it. */
  readonly isLocal: boolean;
  /**
   * The address of its metrics, with the port that was picked; undefined if they are not served.
   */
  readonly metricsAddress: string | undefined;
  /**
   * The address of the page for browsers, such as `http://127.0.0.1:11912/`; undefined if it is not
   * served, or only on a Unix socket.
   */
  readonly pageAddress: string | undefined;
  /** Its encryption; undefined in plaintext. */
  readonly encryption: Encryption | undefined;
  /** The chat that it shares with other servers; undefined if it has one of its own. */
  readonly cluster: Cluster | undefined;
  /**
   * Resolves once it has stopped. A server that shares its chat stops by itself if the engine has
   * lost notes; then this resolves with the reason, and with undefined otherwise.
   */
  readonly stopped: Promise<Error | undefined>;
  /**
   * Streams the public notes of all rooms as they are said, from now on until `signal` is aborted.
   * Private notes are left out.
   */
  notes(signal: AbortSignal): AsyncIterable<RoomNotes>;
  /**
   * Replaces the lists of keys given by the options `members` and `operators`; one that is left out
   * stays. Users who may not join any more are disconnected.
   *
   * @throws {RangeError} with the first line that is not valid; nothing has changed then.
   */
  setLists(lists: Pick<ServeOptions, "members" | "operators">): Promise<void>;
  /**
   * Stops: accepts no more connections, asks everyone to try again later, and cuts the remaining
   * connections after `graceMs` milliseconds (default: the same option of the server).
   */
  stop(graceMs?: number): Promise<void>;
}

/** What stops a server by itself, and what it closes. */
interface ControlOptions {
  readonly door: FrontDoor;
  readonly services: ChatServices;
  readonly graceMs: number;
  /** Closed when it has stopped. */
  readonly resources: AsyncDisposable;
}

/** The controls of a running server. */
export type Controls =
  & Pick<ChatServer, "address" | "publicAddress" | "stopped" | "notes" | "setLists" | "stop">
  & AsyncDisposable
  & {
    /** Stops the server, because of an error that was reported. */
    readonly fail: (reason: Error) => void;
  };

/** Returns the controls of a running server. */
export function controlServer({ door, services, graceMs, resources }: ControlOptions): Controls {
  const { rooms, gate, sessions, report } = services;
  const { promise: stopped, resolve } = Promise.withResolvers<Error | undefined>();
  let stopping: Promise<void> | undefined;
  let failure: Error | undefined;
  const end = async (ms: number) => {
    report({ type: "stop" });
    await door.stop(ms);
    await resources[Symbol.asyncDispose]();
  };
  const stop = async (ms = graceMs) => {
    checkNumber("graceMs", ms, { ...BOUNDS.graceMs, isWhole: false });
    await (stopping ??= end(ms).finally(() => resolve(failure)));
  };
  return {
    address: door.address,
    publicAddress: publicAddress(door.address),
    stopped,
    notes: (signal) => endOnAbort(rooms.read(signal), signal),
    setLists: async (lists) => {
      await gate.setLists(lists);
      sessions.end(notListedError(), (session) => !gate.admits(session));
    },
    stop,
    fail: (reason) => {
      failure ??= reason;
      stop().catch((error) => report({ type: "error", error }));
    },
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** Ends an endless stream quietly when `signal` is aborted. */
async function* endOnAbort<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (error !== signal.reason) throw error;
  }
}
