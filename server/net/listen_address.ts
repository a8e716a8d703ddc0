import { reasonFor } from "../../platform/errno.ts";
import { ChatError } from "../../room/errors.ts";
import { type Address, parseAddress } from "../../text/address.ts";

/**
 * Parses an address to listen on.
 *
 * @throws {ChatError} `unavailable`, if it is not an address.
 */
export function parseListenAddress(text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw cannotListen(text, cause);
  }
}

/** The error for an address that cannot be listened on. */
export function cannotListen(address: string, cause: unknown): ChatError {
  const reason = reasonFor(cause, {
    EINVAL: "this is not an address of this machine",
    ENOENT: "there is no such folder",
  });
  return new ChatError("unavailable", `Cannot listen on "${address}": ${reason}`, { cause });
}
