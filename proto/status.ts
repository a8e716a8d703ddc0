import type { ChatErrorCode } from "../room/errors.ts";

/**
 * The gRPC status that stands for each kind of error on the wire; numbers from
 * https://grpc.io/docs/guides/status-codes/.
 */
export const STATUS: Readonly<Record<ChatErrorCode, number>> = {
  invalid: 3, // INVALID_ARGUMENT
  timeout: 4, // DEADLINE_EXCEEDED
  too_large: 8, // RESOURCE_EXHAUSTED
  unsupported: 12, // UNIMPLEMENTED
  unavailable: 14, // UNAVAILABLE
};
