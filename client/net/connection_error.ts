import { ChatError, type ChatErrorCode } from "../../room/errors.ts";

/** What Node, grpc-js and TLS say of a connection that cannot be made, in words for people. */
const FAILURES: readonly (readonly [pattern: RegExp, words: string, code?: ChatErrorCode])[] = [
  [/ECONNREFUSED/, "nothing listens there"],
  [/ECONNRESET|EPIPE|disconnected before secure/, "the connection broke"],
  [/ENOENT/, "there is no such socket"],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, "the network does not get there"],
  [/Name resolution failed|ENOTFOUND|EAI_AGAIN/, "there is no such host"],
  [/wrong version number/, "it does not speak TLS (--insecure joins without)", "mismatched"],
  [/alert: CertificateRequired/, "it wants to see a certificate (--cert, --key)", "mismatched"],
  [/fatal alert/, "it breaks off the TLS handshake"],
  [
    /Failed to connect|Protocol error|HTTP status code|without gRPC status|larger than max|^$/,
    "what answers there is no chat server",
  ],
];

/**
 * What came of a connection, made of what the platform says about it: with words where that
 * is known, and as it is otherwise. No server has said it, so that another attempt may mend it.
 */
export function connectionError(reason: string, cause?: unknown): ChatError {
  const [, words = reason, code = "unavailable"] =
    FAILURES.find(([pattern]) => pattern.test(reason)) ?? [];
  return new ChatError(code, words, { cause });
}
