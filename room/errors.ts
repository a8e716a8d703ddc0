/**
 * The kinds of errors. The set is closed, so that each can be translated to a gRPC status and to an
 * exit code.
 *
 * - `invalid`: a value breaks a rule. Retrying does not help.
 * - `too_large`: something exceeds a size that the server allows.
 * - `full`: there are as many of something as the server allows. Clients receive it as `too_large`,
 *   which has the same gRPC status.
 * - `missing`: the requested thing does not exist yet.
 * - `limited`: rate-limited; retry after `retryMs` milliseconds.
 * - `taken`: somebody else has the name.
 * - `unauthenticated`: the other side requires a password, or the password is wrong.
 * - `untrusted`: the other side's identity or the connection's privacy is not certain.
 * - `mismatched`: one side speaks TLS and the other does not, or requires a certificate.
 * - `forbidden`: the other side does not admit this key.
 * - `replaced`: the same client has joined again elsewhere.
 * - `unavailable`: the other side is gone, stopping or unreachable; retry.
 * - `timeout`: the other side did not answer in time.
 * - `lost`: the engine that several servers share has lost notes. Clients receive it as `unavailable`,
 *   which has the same gRPC status.
 * - `unsupported`: the other side speaks gRPC, but not this chat.
 */
export type ChatErrorCode =
  | "invalid"
  | "too_large"
  | "full"
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
  | "lost"
  | "unsupported";

/** An error that a person can act on. Its message names the value and the bound. */
export class ChatError extends Error {
  /** Always `ChatError`, even if a bundler renames classes. */
  override readonly name = "ChatError";
  /** The kind of error, which alone decides how to react to it. */
  readonly code: ChatErrorCode;

  /** The time to wait before a retry, in milliseconds; set for `limited`. */
  readonly retryMs: number | undefined;

  /** Creates an error with a code. `options.cause` is the error that led to it. */
  constructor(code: ChatErrorCode, message: string, options?: ErrorOptions & { retryMs?: number }) {
    super(message, options);
    this.code = code;
    this.retryMs = options?.retryMs;
  }
}

/**
 * Returns the message of an error, or any other thrown value as text. If a further error occurred
 * in disposal, it is the message of the first one.
 */
export function errorMessage(error: unknown): string {
  // Some browsers do not have this class yet.
  const isSuppressed = typeof SuppressedError === "function" && error instanceof SuppressedError;
  if (isSuppressed) return errorMessage(error.suppressed);
  return error instanceof Error ? error.message : String(error);
}
