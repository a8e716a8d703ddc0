import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { ChatError } from "../../room/errors.ts";
import { formatCount } from "../../text/number.ts";
import { Timeout } from "../calls/timeout.ts";

/** The bounds of a body. */
export interface BodyBounds {
  /** Its largest size, in bytes. */
  readonly maxBytes: number;
  /** The time in which it must arrive, in milliseconds. */
  readonly timeoutMs: number;
  /** Also ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Reads the body of a request as text.
 *
 * @throws {ChatError} `too_large`, `timeout`, `unsupported` if it is compressed, or `invalid` if it
 * is not UTF-8.
 */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs, signal }: BodyBounds,
): Promise<string> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new ChatError("unsupported", "The body is compressed: send it as it is");
  }
  const claimed = Number(request.headers["content-length"] ?? 0);
  if (claimed > maxBytes) throw tooLarge(formatCount(claimed, "byte"), maxBytes);
  using timeout = new Timeout({ signal, ms: timeoutMs, words: "The body did not arrive" });
  const body = await readBytes(request, { maxBytes, signal: timeout.signal });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new ChatError("invalid", "The body is not valid UTF-8");
  }
}

/**
 * Reads to the end. Unlike a loop over the request, it leaves the connection open for an answer, and
 * it does not keep the parts, which may be many.
 */
async function readBytes(
  request: IncomingMessage,
  { maxBytes, signal }: Omit<BodyBounds, "timeoutMs">,
): Promise<Buffer> {
  const body = Buffer.alloc(maxBytes);
  let length = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const keep = (part: Buffer) => {
    if (length + part.length > maxBytes) {
      request.off("data", keep); // At once: more parts may follow in this turn.
      reject(tooLarge("more", maxBytes));
    }
    length += part.copy(body, length);
  };
  const leave = () => reject(signal.reason);
  signal.addEventListener("abort", leave, { once: true });
  request.on("error", () => {}); // The peer broke off, which the signal says as well.
  request.on("data", keep);
  request.once("end", resolve);
  try {
    await promise;
  } finally {
    request.off("data", keep);
  }
  return body.subarray(0, length);
}

function tooLarge(size: string, maxBytes: number): ChatError {
  const bound = formatCount(maxBytes, "byte");
  return new ChatError("too_large", `The body has ${size}: at most ${bound} are allowed`);
}
