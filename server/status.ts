import { STATUS } from "../proto/status.ts";
import { ChatError } from "../room/errors.ts";

/** How a call or a session ends, for its peer. */
export interface CallStatus {
  /** A gRPC status code. */
  readonly code: number;
  /** Why, in words. */
  readonly details: string;
}

const INTERNAL = 13;

/**
 * What a peer is told of an error. What is not a `ChatError` is the server's own fault:
 * `onError` hears of it, and the peer only that it happened.
 */
export function toStatus(error: unknown, onError: (error: unknown) => void): CallStatus {
  if (error instanceof ChatError) return { code: STATUS[error.code], details: error.message };
  onError(error);
  return { code: INTERNAL, details: "Internal error" };
}
