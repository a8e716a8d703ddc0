import { ChatError } from "../../room/errors.ts";
import { type Address, parseAddress } from "../../text/address.ts";

/**
 * Parses an address to listen on.
 *
 * @throws {ChatError} `unavailable`, if it is none.
 */
export function parseListenAddress(text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw cannotListen(text, cause);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "it is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EAI_AGAIN: "the name cannot be looked up now",
  EINVAL: "this is no address of a machine",
  ENOENT: "there is no such folder",
  ENOTFOUND: "there is no such host",
  EPERM: "permission denied",
};

/** The error of an address that cannot be listened on. */
export function cannotListen(address: string, cause: unknown): ChatError {
  const { code, message } = cause as { code?: string; message: string };
  const reason = (code && REASONS[code]) ?? message;
  return new ChatError("unavailable", `Cannot listen on "${address}": ${reason}`, { cause });
}
