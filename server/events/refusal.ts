import { STATUS } from "../../proto/status.ts";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { errorEvent, type EventSubject, type Report } from "./event.ts";

/** The status that ends a call or a session. */
export interface CallStatus {
  /** A gRPC status code. */
  readonly code: number;
  /** The reason. */
  readonly details: string;
  /** The kind of error; undefined for the server's own faults. */
  readonly kind?: ChatErrorCode | undefined;
  /** The time to wait before a retry, in milliseconds, if it was only too soon. */
  readonly retryMs?: number;
}

/** The gRPC status of the server's own faults, and of calls that gRPC does not allow. */
export const INTERNAL = 13;

/**
 * Returns the status for an error. Anything but a `ChatError` is the server's own fault: the peer
 * learns only that it happened.
 */
export function toStatus(error: unknown): CallStatus {
  if (!(error instanceof ChatError)) return { code: INTERNAL, details: "Internal error" };
  const { code, message, retryMs } = error;
  // gRPC cannot send half a character, and would throw where nothing catches the error.
  const status = { code: STATUS[code], details: message.toWellFormed(), kind: code };
  return retryMs === undefined ? status : { ...status, retryMs };
}

/** Whether the request was invalid in itself, so that no honest client sends it. */
export function isInvalidRequest(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "invalid" || error.code === "too_large");
}

/** Errors that end a session without refusing anyone: peer gone, peer rejoined, server stopping. */
const OVER: ReadonlySet<ChatErrorCode> = new Set(["unavailable", "lost", "replaced"]);

/** Reports the refusal that an error means, and returns the status for the peer. */
export function refuse(error: unknown, subject: EventSubject, report: Report): CallStatus {
  const isOver = error instanceof ChatError && OVER.has(error.code) && error.cause === undefined;
  if (!isOver) report(errorEvent(error, subject));
  return toStatus(error);
}
