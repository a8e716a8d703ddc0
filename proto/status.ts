import type { ChatErrorCode } from "../room/errors.ts";

/**
 * The gRPC status of each kind of error. https://grpc.io/docs/guides/status-codes/ lists the
 * numbers.
 */
export const STATUS: Readonly<Record<ChatErrorCode, number>> = {
  invalid: 3, // INVALID_ARGUMENT
  timeout: 4, // DEADLINE_EXCEEDED
  missing: 5, // NOT_FOUND
  taken: 6, // ALREADY_EXISTS
  forbidden: 7, // PERMISSION_DENIED
  too_large: 8, // RESOURCE_EXHAUSTED
  full: 8, // The same.
  limited: 8, // The same, with the time to wait in the refusal.
  untrusted: 9, // FAILED_PRECONDITION; it never goes over the wire, but every kind has a number.
  mismatched: 9, // The same.
  replaced: 10, // ABORTED
  unsupported: 12, // UNIMPLEMENTED
  unavailable: 14, // UNAVAILABLE
  lost: 14, // The same.
  unauthenticated: 16, // UNAUTHENTICATED
};

/** The inverse of {@linkcode STATUS}. Where several kinds share a status, it is the first. */
const CODES: ReadonlyMap<number, ChatErrorCode> = new Map(
  Object.entries(STATUS).reverse().map(([code, status]) => [status, code as ChatErrorCode]),
);

/** The kind of error for a gRPC status; undefined if no kind has it. */
export function fromStatus(status: number): ChatErrorCode | undefined {
  return CODES.get(status);
}
