import { Malformed } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";

/**
 * Returns a well-formed request.
 *
 * @throws {ChatError} `invalid`, if it is malformed.
 */
export function checkWellFormed<T>(request: T | Malformed): T {
  if (request instanceof Malformed) {
    throw new ChatError("invalid", `The request breaks the contract: ${request.reason}`);
  }
  return request;
}
