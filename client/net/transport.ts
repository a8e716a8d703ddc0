import type { ServerIdentity } from "../../proto/identity/proof.ts";
import type { ChallengeMessage, ClientFrameInit, ServerFrame } from "../../proto/messages.ts";

/** The reason if the server speaks something else. */
export const NOT_A_CHAT_SERVER = "it is not a chat server";

/** The client's end of a session. */
export interface SessionCall {
  /** The received frames. Throws a `ChatError` when the session ends with an error. */
  readonly frames: AsyncGenerator<ServerFrame, void>;
  /** Sends a frame. */
  readonly send: (frame: ClientFrameInit) => void;
  /** Half-closes the session: the server answers everything received, and ends it. */
  readonly end: () => void;
}

/**
 * One connection to one server, for one session. A broken connection stays broken: dial again.
 *
 * There are two: over gRPC for programs, and over a WebSocket for browsers.
 */
export interface SessionConnection {
  /** The address of the server. */
  readonly address: string;
  /** Opens the session. Aborting `signal` cancels it. */
  session(signal: AbortSignal): SessionCall;
  /** Returns what a proof is bound to on this connection. */
  identify(challenge: ChallengeMessage): ServerIdentity;
  /** Closes the connection. */
  close(): void;
}

/** Starts connecting to a server. A connection that cannot be made fails its session. */
export type Dial = (address: string) => SessionConnection;
