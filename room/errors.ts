/**
 * What can go wrong between people and rooms. The set is closed, so that every edge
 * can translate all of it: to a gRPC status, to an exit code.
 *
 * - `invalid`: a value breaks a rule that no retry will mend.
 * - `too_large`: something is larger, or there are more of it, than the server takes.
 * - `missing`: what was asked for is not there yet.
 * - `limited`: it comes too soon; try again after `retryMs` milliseconds.
 * - `taken`: somebody else has the name.
 * - `unauthenticated`: the other side wants a password, or another one.
 * - `untrusted`: it is not certain that the other side is who it should be, or it would be
 *   possible to listen in.
 * - `mismatched`: one side speaks TLS and the other does not, or wants a certificate.
 * - `forbidden`: the other side does not let this key in.
 * - `replaced`: the same client has joined again elsewhere.
 * - `unavailable`: the other side is gone, stopping, or not reachable; try again.
 * - `timeout`: the other side did not answer in time.
 * - `unsupported`: the other side speaks gRPC, but not this chat.
 */
export type ChatErrorCode =
  | "invalid"
  | "too_large"
  | "missing"
  | "limited"
  | "taken"
  | "unauthenticated"
  | "untrusted"
  | "mismatched"
  | "forbidden"
  | "replaced"
  | "unavailable"
  | "timeout"
  | "unsupported";

/** An error that a person can act on: its message names the value and the bound. */
export class ChatError extends Error {
  /** Always `ChatError`, also where classes have been renamed. */
  override readonly name = "ChatError";
  /** What kind of error this is; what to do about it depends on this alone. */
  readonly code: ChatErrorCode;

  /** How long to wait before it is any use to try again, in milliseconds; set for `limited`. */
  readonly retryMs: number | undefined;

  /** Makes an error of the kind `code`; `options.cause` keeps what led to it. */
  constructor(code: ChatErrorCode, message: string, options?: ErrorOptions & { retryMs?: number }) {
    super(message, options);
    this.code = code;
    this.retryMs = options?.retryMs;
  }
}

/** What an error says of itself; other things that are thrown, as text. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
