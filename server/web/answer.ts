import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";

/** A `Content-Security-Policy` of `rules` for a response that no other page may show in a frame. */
export function policy(...rules: readonly string[]): string {
  return [...rules, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"].join("; ");
}

/** The headers of all responses. A browser that shows one loads and runs nothing for it. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": policy("default-src 'none'"),
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY", // For browsers that do not know frame-ancestors.
};

/** An answer that is sent as a whole. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Answers a request. The answer is of this moment, so that no cache may keep it. */
export function answer(
  response: ServerResponse,
  { status = 200, type, body, headers }: Answer,
): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "cache-control": "no-store",
    ...headers,
    "content-type": type,
    "content-length": bytes.length,
  });
  response.end(bytes);
}
