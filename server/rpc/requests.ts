import type { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { type Malformed, strictly } from "../../proto/mod.ts";
import { checkWellFormed } from "../calls/check_well_formed.ts";
import { innerCall } from "./message_deframer.ts";

/** Returns bytes as they are. */
function passThrough(bytes: Buffer): Buffer {
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
 * The requests of a call until its peer ends its side. Each is requested and decoded only when the
 * next one is wanted. The stream's own iterator would destroy the call on an error, but the call
 * must still be answered with a status. It is not a generator: a call may wait for its next request
 * for days, and a suspended generator keeps its variables, with the request before.
 */
export class Requests<T> implements AsyncIterableIterator<T, void> {
  readonly #call: Readable;
  readonly #decode: (bytes: Buffer) => T | Malformed;
  /** The wait for the next request; undefined if none is wanted. */
  #wanted: PromiseWithResolvers<IteratorResult<T, void>> | undefined;
  /** Whether the peer has ended its side. */
  #saidAll = false;
  /** Why nothing more is read. */
  #failure: unknown;

  /** Reads nothing until a request is wanted, and fails with the reason of `signal`. */
  constructor(call: Readable, decode: (bytes: Buffer) => T | Malformed, signal: AbortSignal) {
    this.#call = call;
    this.#decode = decode;
    call._read = () => {}; // The default would request a message in advance.
    call.on("data", (bytes: Buffer) => this.#receive(bytes));
    call.on("end", () => this.#end());
    if (signal.aborted) this.fail(signal.reason);
    else signal.addEventListener("abort", () => this.fail(signal.reason), { once: true });
  }

  /**
   * Waits for the next request.
   *
   * @throws {ChatError} `invalid`, if it is malformed; also what `decode` throws, and the error given
   * to {@linkcode fail}.
   */
  next(): Promise<IteratorResult<T, void>> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#saidAll) return Promise.resolve({ done: true, value: undefined });
    const wanted = this.#wanted = Promise.withResolvers<IteratorResult<T, void>>();
    innerCall(this.#call).startRead();
    return wanted.promise;
  }

  /** Ends the wait for a request, and every later one, with an error: the first that is given. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#take()?.reject(this.#failure);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #receive(bytes: Buffer): void {
    const wanted = this.#take();
    try {
      wanted?.resolve({ done: false, value: checkWellFormed(this.#decode(bytes)) });
    } catch (error) {
      wanted?.reject(error);
    }
  }

  #end(): void {
    this.#saidAll = true;
    this.#take()?.resolve({ done: true, value: undefined });
  }

  /** Ends the wait. */
  #take(): PromiseWithResolvers<IteratorResult<T, void>> | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted;
  }
}
