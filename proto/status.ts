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
  too_large: 8, // RESOURCE_EXHAUSTED
  replaced: 10, // ABORTED
  unsupported: 12, // UNIMPLEMENTED
  unavailable: 14, // UNAVAILABLE
};

/** The kind of error that a gRPC status stands for; undefined if it is none of ours. */
export function codeOf(status: number): ChatErrorCode | undefined {
  const codes = Object.keys(STATUS) as ChatErrorCode[];
  return codes.find((code) => STATUS[code] === status);
}
