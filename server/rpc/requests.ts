import type { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { Malformed, strictly } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { Wakeup } from "../../room/wakeup.ts";
import { innerCall } from "./message_deframer.ts";

/** Bytes as they are. */
export function passThrough(bytes: Buffer): Buffer {
  return bytes;
}

/**
 * How the requests of a method are decoded: those that break the contract as well, to be refused
 * in its words. Where a call has many of them, each is decoded when it is wanted.
 */
export function requestDecoder<T>(
  { requestStream, requestDeserialize }: {
    readonly requestStream: boolean;
    readonly requestDeserialize: (bytes: Buffer) => T;
  },
): (bytes: Buffer) => T | Malformed | Buffer {
  return requestStream ? passThrough : strictly(requestDeserialize);
}

/**
 * The requests of a call, until its peer has said all: each is asked for, and decoded, when the
 * next one is wanted. Not by the stream's own iterator, which destroys the call at an error; it
 * is still to be answered with a status.
 */
export async function* readRequests<T>(
  call: Readable,
  decode: (bytes: Buffer) => T | Malformed,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const wakeup = new Wakeup();
  let request: Buffer | undefined;
  let saidAll = false;
  call._read = () => {}; // By itself it would ask for more, to have it ready.
  call.on("data", (bytes: Buffer) => {
    request = bytes;
    wakeup.notify();
  });
  call.on("end", () => {
    saidAll = true;
    wakeup.notify();
  });
  while (true) {
    innerCall(call).startRead();
    while (!request && !saidAll) await wakeup.wait(signal);
    if (!request) return;
    const bytes = request;
    request = undefined;
    yield checkWellFormed(decode(bytes));
  }
}

/**
 * A request that keeps to the contract.
 *
 * @throws {ChatError} `invalid`, if it does not.
 */
export function checkWellFormed<T>(request: T | Malformed): T {
  if (request instanceof Malformed) {
    throw new ChatError("invalid", `The request breaks the contract: ${request.reason}`);
  }
  return request;
}
