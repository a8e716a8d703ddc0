import type { ServerResponse } from "node:http";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";

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
  readonly headers?: Readonly<Record<string, string>>;
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
  if (status === 401) return { status, words, headers: { "www-authenticate": "Bearer" } };
  if (status !== 429 && status !== 503) return { status, words };
  const seconds = retryMs === undefined ? RETRY_S : Math.ceil(retryMs / 1_000);
  return { status, words, headers: { "retry-after": String(seconds) } };
}

/** A method that a path does not have. */
export function methodError(allowed: readonly string[]): HttpError {
  const allow = allowed.join(", ");
  return { status: 405, words: `The path allows ${allow}`, headers: { allow } };
}

/** Answers with an error, as RFC 9457 says. A response that has begun is cut off instead. */
export function answerError(response: ServerResponse, { status, words, headers }: HttpError): void {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ title: TITLES[status], status, detail: words });
  response.writeHead(status, { ...headers, "content-type": "application/problem+json" });
  response.end(`${body}\n`);
}

/** Thrown when a session in this process was refused or has ended: it was reported there. */
export class SessionError extends Error {
  /** Keeps the error to answer with. */
  constructor(readonly answer: HttpError) {
    super(answer.words);
  }
}

/** The HTTP error for anything that was thrown. */
export function errorOf(error: unknown): HttpError {
  if (error instanceof SessionError) return error.answer;
  return error instanceof ChatError
    ? toHttpError(error.code, error.message, error.retryMs)
    : toHttpError(undefined, "Internal error");
}
