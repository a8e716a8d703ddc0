import type { ChatErrorCode } from "../room/errors.ts";

/**
 * The gRPC status that stands for each kind of error on the wire; numbers from
 * https://grpc.io/docs/guides/status-codes/.
 */
export const STATUS: Readonly<Record<ChatErrorCode, number>> = {
  invalid: 3, // INVALID_ARGUMENT
  timeout: 4, // DEADLINE_EXCEEDED
  missing: 5, // NOT_FOUND
  taken: 6, // ALREADY_EXISTS
  forbidden: 7, // PERMISSION_DENIED
  too_large: 8, // RESOURCE_EXHAUSTED
  limited: 8, // The same; a refusal that says when to try again is this one.
  untrusted: 9, // FAILED_PRECONDITION; no side tells the other, but every kind has its number
  mismatched: 9, // The same.
  replaced: 10, // ABORTED
  unsupported: 12, // UNIMPLEMENTED
  unavailable: 14, // UNAVAILABLE
  unauthenticated: 16, // UNAUTHENTICATED
};

/**
 * The kind of error that a gRPC status stands for, the first one where it is more than one;
 * undefined if it is none of ours.
 */
export function fromStatus(status: number): ChatErrorCode | undefined {
  const codes = Object.keys(STATUS) as ChatErrorCode[];
  return codes.find((code) => STATUS[code] === status);
}
