import { STATUS } from "../../proto/status.ts";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { errorEvent, type EventSubject, type Report } from "./event.ts";

/** How a call or a session ends, for its peer. */
export interface CallStatus {
  /** A gRPC status code. */
  readonly code: number;
  /** Why, in words. */
  readonly details: string;
}

/** The gRPC status of what is the server's own fault, and of calls that gRPC itself does not allow. */
export const INTERNAL = 13;

/**
 * What a peer is told of an error. What is not a `ChatError` is the server's own fault: the
 * peer learns only that it happened.
 */
export function toStatus(error: unknown): CallStatus {
  return error instanceof ChatError
    // gRPC cannot send half a character, and throws where nobody catches it.
    ? { code: STATUS[error.code], details: error.message.toWellFormed() }
    : { code: INTERNAL, details: "Internal error" };
}

/** Whether an error says that what was sent can never be right, so that nobody means it. */
export function isInvalidRequest(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "invalid" || error.code === "too_large");
}

/** Kinds of errors by which nobody is refused: the peer is gone, has come again, or the server stops. */
const OVER: ReadonlySet<ChatErrorCode> = new Set(["unavailable", "replaced"]);

/** Reports that somebody is refused because of an error, and returns what they are told. */
export function refuse(error: unknown, subject: EventSubject, report: Report): CallStatus {
  const isOver = error instanceof ChatError && OVER.has(error.code) && error.cause === undefined;
  if (!isOver) report(errorEvent(error, subject));
  return toStatus(error);
}
