import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { STATUS } from "../../proto/status.ts";
import { type CallStatus, INTERNAL } from "../events/refusal.ts";
import { ENCODING } from "./message_deframer.ts";

/** Handles a call with its headers. */
type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** The answer to a refused call: an HTTP status or a gRPC one. */
type Refusal = number | CallStatus;

/** The units of `grpc-timeout`, in milliseconds. */
const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};
/** The longest possible timer, in milliseconds: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The answer to other requests. */
const NOT_GRPC = "Over HTTP/2 this server only answers gRPC calls: use HTTP/1.1 for all else\n";

/** The time for which a peer may leave its side of an answered call open, in milliseconds. */
const HALF_CLOSE_MS = 1_000;

/**
 * Filters calls before grpc-js, which listens to `server`, sees them. It answers requests that are
 * not gRPC or not accepted here. An exception in grpc-js ends only its call, and is passed to
 * `onError`. `onCall` is called first, for every call.
 */
export function filterCalls(
  server: Http2Server,
  { onCall, onError }: {
    readonly onCall: (stream: ServerHttp2Stream) => void;
    readonly onError: (error: unknown) => void;
  },
): void {
  const [serve] = server.listeners("stream") as unknown as OnStream[];
  server.removeAllListeners("stream");
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", ignore); // grpc-js listens for the first error only.
    stream.on("finish", closeAfterAnswer);
    try {
      onCall(stream); // It may throw, too: the peer of a closed connection is unknown.
      const refusal = findRefusal(headers);
      if (refusal === undefined) serve!(stream, headers);
      else if (typeof refusal === "number") answerOther(stream, refusal, headers[":method"]);
      else stream.respond(toHeaders(refusal), { endStream: true });
    } catch (error) {
      onError(error);
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
}

function ignore(): void {}

/**
 * Closes a stream that its peer leaves open after the answer: it would stay for as long as the
 * connection. Bytes that still arrive are not read. It is one function for all streams, which takes
 * less memory than a closure for each.
 */
function closeAfterAnswer(this: ServerHttp2Stream): void {
  if (this.readableEnded || this.closed) return;
  this.pause();
  const timer = setTimeout(() => {
    this.close();
    this.resume();
  }, HALF_CLOSE_MS);
  this.once("close", () => clearTimeout(timer));
}

/** Returns why a call is refused; undefined if it is not. */
function findRefusal(headers: IncomingHttpHeaders): Refusal | undefined {
  if (headers[":method"] !== "POST") return 405;
  if (!/^application\/grpc(?:$|[+;])/i.test(`${headers["content-type"]}`)) return 415;
  const encoding = headers["grpc-encoding"] ?? ENCODING;
  if (encoding !== ENCODING) {
    const details = `The encoding "${encoding}" is not accepted: only "${ENCODING}" is`;
    return { code: STATUS.unsupported, details };
  }
  return checkDeadline(headers);
}

/**
 * Returns the status if a deadline is invalid or cannot be met. A deadline beyond the longest timer
 * is removed from the headers: grpc-js would treat it as past.
 */
function checkDeadline(headers: IncomingHttpHeaders): CallStatus | undefined {
  const timeout = headers["grpc-timeout"];
  if (timeout === undefined) return undefined;
  const [, amount, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(`${timeout}`) ?? [];
  if (amount === undefined) {
    return { code: INTERNAL, details: `Invalid grpc-timeout value "${timeout}"` };
  }
  const ms = Number(amount) * UNITS_MS[unit]!;
  if (ms < 1) return { code: STATUS.timeout, details: "Deadline exceeded" };
  if (ms > MAX_TIMER_MS) delete headers["grpc-timeout"];
  return undefined;
}

/** Answers a request that is not gRPC with an HTTP status, and says what is. */
function answerOther(stream: ServerHttp2Stream, status: number, method: unknown): void {
  const headers: OutgoingHttpHeaders = { ":status": status, "content-type": "text/plain" };
  if (status === 405) headers.allow = "POST";
  stream.respond(headers);
  stream.end(method === "HEAD" ? undefined : NOT_GRPC);
}

/** The headers of an answer that consists of headers only. */
function toHeaders(refusal: CallStatus): OutgoingHttpHeaders {
  return {
    ":status": 200,
    "content-type": "application/grpc+proto",
    "grpc-accept-encoding": ENCODING,
    "grpc-status": refusal.code,
    "grpc-message": encodeURI(refusal.details.toWellFormed()),
  };
}
