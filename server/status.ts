import { STATUS } from "../proto/status.ts";
import { ChatError, type ChatErrorCode } from "../room/errors.ts";
import type { Refused } from "./refusals.ts";

/** How a call or a session ends, for its peer. */
export interface CallStatus {
  /** A gRPC status code. */
  readonly code: number;
  /** Why, in words. */
  readonly details: string;
}

/** Who hears of errors besides the peer that they concern. */
export interface ErrorListeners {
  /** Hears of those that are nobody's input but the server's own fault. */
  readonly onError: (error: unknown) => void;
  /** Hears of those that say that a bound was passed. */
  readonly onRefused: Refused;
}

const INTERNAL = 13;

/** The kinds of errors that say that a bound was passed. */
const BOUNDS: ReadonlySet<ChatErrorCode> = new Set(["too_large", "limited", "timeout"]);

/**
 * What a peer is told of an error. What is not a `ChatError` is the server's own fault:
 * `onError` hears of it, and the peer only that it happened.
 */
export function toStatus(error: unknown, { onError, onRefused }: ErrorListeners): CallStatus {
  if (error instanceof ChatError) {
    if (BOUNDS.has(error.code)) onRefused(error.code, error.message);
    return { code: STATUS[error.code], details: error.message };
  }
  onError(error);
  return { code: INTERNAL, details: "Internal error" };
}
