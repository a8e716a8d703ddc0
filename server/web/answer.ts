import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";

/** An answer that is sent as a whole. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Answers a request. What a chat says now is not for a cache. */
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
