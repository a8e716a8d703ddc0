import type { Buffer } from "node:buffer";
import type { ClientFrame } from "../proto/mod.ts";
import type { CallStatus } from "./events/refusal.ts";

/** An item of a peer that was refused; a `wrong post` is one that no honest client sends. */
export type RefusedItem = "post" | "wrong post" | "order" | "search";

/** The other end of a call that begins with a join, without its transport. */
export interface Peer {
  /** Its address without a port; the same text for all on Unix sockets. */
  readonly address: string;
  /** The origin of the web page that it is, which is one of ours; undefined for a program. */
  readonly origin: string | undefined;
  /** The frames it sends. */
  readonly frames: AsyncIterator<ClientFrame>;
  /** Whether it still reads what is written: one that has closed its WebSocket does not. */
  isReading(): boolean;
  /** Aborted when the peer leaves or its call is ended. */
  readonly signal: AbortSignal;
  /** Sends bytes, and resolves once more may be sent. */
  write(frame: Buffer, signal: AbortSignal): Promise<void>;
  /** Sends the last bytes without waiting. */
  writeLast(frame: Buffer): void;
  /** Ends the call with a status. */
  refuse(status: CallStatus): void;
  /** Called once it has joined. */
  joined(): void;
  /** Called for each accepted post, with the length of its message. */
  posted(length: number): void;
  /**
   * Called for each refused item.
   *
   * @throws {ChatError} `unavailable`, after too many: the connection is cut then.
   */
  refused(what: RefusedItem): void;
}
