import { errnoIn, errnoWords, type OwnWords } from "../../platform/errno.ts";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { NOT_A_CHAT_SERVER } from "./transport.ts";

/** Words for codes of the system that mean something else here. */
const OWN_WORDS: OwnWords = {
  EINVAL: "this is not an address of a machine",
  ENOENT: "there is no such socket",
};

/** Messages of grpc-js and TLS without a code of the system, in words for a person. */
const FAILURES: readonly (readonly [pattern: RegExp, words: string, code?: ChatErrorCode])[] = [
  [/disconnected before secure/, errnoWords("ECONNRESET")],
  [/Name resolution failed/, errnoWords("ENOTFOUND")],
  [
    /wrong version number/,
    "it does not speak TLS (--insecure joins without encryption)",
    "mismatched",
  ],
  [/alert: CertificateRequired/, "it requires a certificate (--cert, --key)", "mismatched"],
  [/fatal alert/, "it ends the TLS handshake"],
  [
    /Failed to connect|Protocol error|HTTP status code|without gRPC status|larger than max|^$/,
    NOT_A_CHAT_SERVER,
  ],
];

/**
 * The error for a connection that cannot be made, from the message of the platform: in words where
 * it is known, and as it is otherwise. It does not come from a server, so another attempt may help.
 */
export function connectionError(reason: string, cause?: unknown): ChatError {
  const errno = errnoIn(reason);
  if (errno) return new ChatError("unavailable", errnoWords(errno, OWN_WORDS), { cause });
  const [, words = reason, code = "unavailable"] =
    FAILURES.find(([pattern]) => pattern.test(reason)) ?? [];
  return new ChatError(code, words, { cause });
}
