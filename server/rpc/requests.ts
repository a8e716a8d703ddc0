import type { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { type Malformed, strictly } from "../../proto/mod.ts";
import { Wakeup } from "../../room/wakeup.ts";
import { checkWellFormed } from "../calls/check_well_formed.ts";
import { innerCall } from "./message_deframer.ts";

/** Returns bytes as they are. */
export function passThrough(bytes: Buffer): Buffer {
  return bytes;
}

/**
 * Returns the decoder for a method's requests. Malformed requests are decoded too, to be refused
 * with a clear error. If a call has many requests, each is decoded only when it is read.
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
 * Yields the requests of a call until its peer ends its side. Each is requested and decoded only
 * when the next one is wanted. The stream's own iterator would destroy the call on an error, but
 * the call must still be answered with a status.
 */
export async function* readRequests<T>(
  call: Readable,
  decode: (bytes: Buffer) => T | Malformed,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  const wakeup = new Wakeup();
  let request: Buffer | undefined;
  let saidAll = false;
  call._read = () => {}; // The default would request a message in advance.
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
