import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { ChatError } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import { Timeout } from "../calls/timeout.ts";
import type { Exchange } from "./exchange.ts";

/** The bounds of a body. */
export interface BodyBounds {
  /** Its largest size, in bytes. */
  readonly maxBytes: number;
  /** The time in which it must arrive, in milliseconds. */
  readonly timeoutMs: number;
}

/** The most bytes that an encoder of JSON makes of one byte of a text: `\u0000`. */
export const MAX_ESCAPED_BYTES = 6;

/** The encodings of text that are UTF-8. */
const CHARSETS = ["utf-8", "utf8", "us-ascii"];

/**
 * Reads the body of a request as text.
 *
 * @throws {ChatError} `too_large`, `timeout`, `unsupported` if it is compressed or not UTF-8 by its
 * own account, or `invalid` if it is not UTF-8 in fact.
 */
export async function readBody(
  { request, response, signal }: Pick<Exchange, "request" | "response" | "signal">,
  { maxBytes, timeoutMs }: BodyBounds,
): Promise<string> {
  const { headers } = request;
  checkEncoding(headers["content-encoding"], headers["content-type"]);
  const claimed = Number(headers["content-length"] ?? 0);
  if (claimed > maxBytes) throw tooLarge(formatCount(claimed, "byte"), maxBytes);
  // Only now: a body that would be refused need not be sent.
  if (headers.expect !== undefined) response.writeContinue();
  using timeout = new Timeout({ signal, ms: timeoutMs, words: "The body did not arrive" });
  const bytes = await readBytes(request, { maxBytes, signal: timeout.signal });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ChatError("invalid", "The body is not valid UTF-8");
  }
}

function checkEncoding(encoding = "identity", type = ""): void {
  if (encoding.toLowerCase() !== "identity") {
    throw new ChatError("unsupported", "The body is compressed: send it as it is");
  }
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(type) ?? [];
  if (charset === undefined || CHARSETS.includes(charset.toLowerCase())) return;
  throw new ChatError("unsupported", `The body is in ${escapeText(charset)}: must be in utf-8`);
}

/**
 * Reads a body. After an error, the rest of it is dropped as it arrives. The parts are not kept: they
 * may be very many.
 */
function readBytes(
  request: IncomingMessage,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = Buffer.alloc(maxBytes);
    let length = 0;
    const keep = (part: Buffer) => {
      if (length + part.length > maxBytes) {
        request.off("data", keep); // At once: more parts may follow in this turn.
        reject(tooLarge("more", maxBytes));
      }
      length += part.copy(body, length);
    };
    request.on("data", keep);
    request.once("end", () => resolve(body.subarray(0, length)));
    request.on("error", () => reject(new ChatError("unavailable", "connection lost")));
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

function tooLarge(size: string, maxBytes: number): ChatError {
  const bound = formatCount(maxBytes, "byte");
  return new ChatError("too_large", `The body has ${size}: at most ${bound} are allowed`);
}
