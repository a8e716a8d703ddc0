import type { IncomingMessage } from "node:http";
import { ChatError } from "../../room/errors.ts";
import { LIMITS } from "../../room/limits.ts";
import { escapeText } from "../../text/escape.ts";

/** The part of a request that decides how its bytes are read. */
type Message = Pick<
  IncomingMessage,
  "httpVersion" | "method" | "url" | "headers" | "rawHeaders"
>;

/**
 * Checks what Node's parser lets pass, but other programs on the way may read differently, so that a
 * request could be smuggled past them (RFC 9112, section 11.2).
 *
 * @throws {ChatError} `invalid`, with what is wrong.
 */
export function checkMessage({ httpVersion, method, url, headers, rawHeaders }: Message): void {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") {
    throw invalid(`The request speaks HTTP/${httpVersion}: must be HTTP/1.1`);
  }
  if (rawHeaders.length / 2 > LIMITS.requestFields) {
    throw invalid(`The request has more than ${LIMITS.requestFields} header fields`);
  }
  const hosts = rawHeaders.filter((text, i) => i % 2 === 0 && text.toLowerCase() === "host");
  if (hosts.length !== 1) {
    throw invalid(`The request has ${hosts.length} Host headers: it must have one Host header`);
  }
  if (!url?.startsWith("/")) {
    throw invalid('The target of the request is not a URL of this server: must begin with "/"');
  }
  const { "content-length": length = "0", "transfer-encoding": encoding } = headers;
  if (encoding !== undefined && (encoding.toLowerCase() !== "chunked" || httpVersion === "1.0")) {
    const words = `The transfer encoding is "${escapeText(encoding)}"`;
    throw invalid(`${words}: must be "chunked", with HTTP/1.1`);
  }
  if ((method === "GET" || method === "HEAD") && (encoding !== undefined || Number(length) > 0)) {
    throw invalid(`The request has a body: ${method} has none`);
  }
}

function invalid(words: string): ChatError {
  return new ChatError("invalid", words);
}
