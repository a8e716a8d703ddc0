import type { ServerResponse } from "node:http";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { safeJson } from "../../text/safe_json.ts";
import { answer } from "./answer.ts";

/** The HTTP status of each kind of error. */
const STATUS: Readonly<Record<ChatErrorCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  untrusted: 403,
  missing: 404,
  timeout: 408,
  taken: 409,
  replaced: 409,
  too_large: 413,
  limited: 429,
  unsupported: 415,
  mismatched: 400,
  full: 503,
  unavailable: 503,
  lost: 503,
};

/** The titles of the statuses, from RFC 9110 and RFC 6585. */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The wait before a retry if the error does not say how long, in seconds. */
const RETRY_S = 1;

/** An error as HTTP answers it. */
export interface HttpError {
  readonly status: number;
  /** The reason in words; the same as over gRPC. */
  readonly words: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The HTTP error for a kind of error; undefined is a fault of the server.
 *
 * @param retryMs The time to wait before a retry, in milliseconds.
 */
export function toHttpError(
  kind: ChatErrorCode | undefined,
  words: string,
  retryMs?: number,
): HttpError {
  const status = kind === undefined ? 500 : STATUS[kind];
  return { status, words, headers: headersOf(status, retryMs) };
}

/** The headers that a status asks for. */
function headersOf(status: number, retryMs: number | undefined): HttpError["headers"] {
  if (status === 401) return { "www-authenticate": 'Bearer realm="chat"' };
  if (status === 408) return { connection: "close" }; // The rest of the request may still come.
  if (status !== 429 && status !== 503) return undefined;
  const seconds = retryMs === undefined ? RETRY_S : Math.max(1, Math.ceil(retryMs / 1_000));
  return { "retry-after": String(seconds) };
}

/** A path that has nothing. */
export function missingPageError(): UnreportedError {
  return new UnreportedError(toHttpError("missing", "There is no such page"));
}

/** A method that a path does not have. */
export function methodError(allowed: readonly string[]): UnreportedError {
  const allow = allowed.join(", ");
  const words = `The path allows ${allow}`;
  return new UnreportedError({ status: 405, words, headers: { allow } });
}

/** An error as a line of JSON, as RFC 9457 says. */
export function problemJson({ status, words }: HttpError): string {
  return safeJson({ title: TITLES[status], status, detail: words });
}

/**
 * Answers with an error. A response that has begun is cut off instead, so that its reader sees that
 * it is not complete.
 *
 * A peer that waits for "100 Continue" may or may not send the body, so that its connection cannot
 * be used again.
 */
export function answerError(response: ServerResponse, error: HttpError): void {
  if (response.headersSent) return void response.destroy();
  const { req: { headers: { expect }, complete } } = response;
  if (expect !== undefined && !complete) response.setHeader("connection", "close");
  const { status, headers } = error;
  answer(response, {
    ...{ status, headers },
    type: "application/problem+json",
    body: `${problemJson(error)}\n`,
  });
}

/**
 * Thrown to answer with an error that is not reported: the session has reported it, or any visitor
 * may cause it with a wrong address.
 */
export class UnreportedError extends Error {
  /** Keeps the error to answer with. */
  constructor(readonly answer: HttpError) {
    super(answer.words);
  }
}

/** The HTTP error for anything that was thrown. */
export function errorOf(error: unknown): HttpError {
  if (error instanceof UnreportedError) return error.answer;
  return error instanceof ChatError
    ? toHttpError(error.code, error.message, error.retryMs)
    : toHttpError(undefined, "Internal error");
}
