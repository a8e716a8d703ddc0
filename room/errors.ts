/**
 * What can go wrong between people and rooms. The set is closed, so that every edge
 * can translate all of it: to a gRPC status, to an exit code.
 *
 * - `invalid`: a value breaks a rule that no retry will mend.
 * - `too_large`: something is larger, or there are more of it, than the server takes.
 * - `missing`: what was asked for is not there yet.
 * - `taken`: somebody else has the name.
 * - `replaced`: the same client has joined again elsewhere.
 * - `unavailable`: the other side is gone, stopping, or not reachable; try again.
 * - `timeout`: the other side did not answer in time.
 * - `unsupported`: the other side speaks gRPC, but not this chat.
 */
export type ChatErrorCode =
  | "invalid"
  | "too_large"
  | "missing"
  | "taken"
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

  /** Makes an error of the kind `code`; `options.cause` keeps what led to it. */
  constructor(code: ChatErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
