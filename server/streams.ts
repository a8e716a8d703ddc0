import type { Http2Stream } from "node:http2";
import type { Readable, Writable } from "node:stream";
import { Malformed } from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { ChatError } from "../room/errors.ts";
import type { CallStatus } from "./status.ts";

/** A call whose answer is a stream. */
export interface AnswerStream extends Writable {
  /** Whether its peer is gone. */
  readonly cancelled: boolean;
}

/**
 * The requests of a call, until its peer has said all. Not by the stream's own iterator, which
 * destroys the call at an error; it is still to be answered with a status.
 */
export async function* requestsOf<T>(
  call: Readable,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const bell = new Bell();
  let saidAll = false;
  call.on("readable", bell.ring);
  call.on("end", () => {
    saidAll = true;
    bell.ring();
  });
  while (!saidAll) {
    for (let next = call.read(); next !== null; next = call.read()) yield wellFormed<T>(next);
    await bell.wait(signal);
  }
}

/** How long a peer may take to end its side of a call that has been refused, in milliseconds. */
const HALF_CLOSE_MS = 1_000;

/** Ends a call with a status, if its peer is still there. */
export function end(call: AnswerStream, status: CallStatus): void {
  if (call.cancelled) return;
  // grpc-js ends the stream with the status that an "error" event carries.
  call.emit("error", status);
  letGo(call);
}

/**
 * Has a stream end that its peer leaves open behind the status: grpc-js would keep it, and what
 * came last on it, for as long as the connection lasts.
 */
function letGo(call: AnswerStream): void {
  // A field of its own that its types do not tell of.
  const { stream } = (call as unknown as { call: { stream: Http2Stream } }).call;
  const timer = setTimeout(() => stream.close(), HALF_CLOSE_MS);
  stream.once("close", () => clearTimeout(timer));
  if (stream.closed) clearTimeout(timer);
}

/** Waits until a stream takes more; a stalled peer may never do, so `signal` ends the wait. */
export function drained(call: Writable, signal: AbortSignal): Promise<void> {
  return untilAborted(signal, (done) => {
    call.once("drain", done);
    return () => call.off("drain", done);
  });
}

/**
 * Writes a message and waits until it has left for the socket, so that no queue forms behind a
 * slow peer, and for the next turn, so that a quick one does not keep all others waiting.
 */
export function written(call: Writable, message: unknown, signal: AbortSignal): Promise<void> {
  return untilAborted(signal, (done) => {
    call.write(message, () => setImmediate(done));
    return () => {};
  });
}

/** Waits for an event, or rejects with the reason of `signal`. */
function untilAborted(
  signal: AbortSignal,
  subscribe: (done: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const leave = () => {
      unsubscribe();
      reject(signal.reason);
    };
    const unsubscribe = subscribe(() => {
      signal.removeEventListener("abort", leave);
      resolve();
    });
    signal.addEventListener("abort", leave, { once: true });
  });
}

/**
 * A request that keeps to the contract.
 *
 * @throws {ChatError} `invalid`, if it does not.
 */
export function wellFormed<T>(request: T | Malformed): T {
  if (request instanceof Malformed) {
    throw new ChatError("invalid", `The request breaks the contract: ${request.reason}`);
  }
  return request;
}
