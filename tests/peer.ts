/**
 * A plain gRPC peer for the tests: what any program written against `chat.proto` does,
 * with grpc-js and nothing of ours between.
 *
 * @module
 */

import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import { chatServer, type NoteMessage } from "../proto/mod.ts";

/** A connection to a server, closed when it is disposed. */
export class Peer implements Disposable {
  readonly #client: Client;

  /** Connects to `address`. */
  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_send_message_length": -1,
    });
  }

  /** Calls `SendNote`. */
  send(note: NoteMessage): Promise<void> {
    return this.sendBytes(chatServer.SendNote.requestSerialize(note));
  }

  /** Calls `SendNote` with these very bytes. */
  sendBytes(bytes: Buffer): Promise<void> {
    const { path, responseDeserialize } = chatServer.SendNote;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.makeUnaryRequest(
      path,
      (bytes: Buffer) => bytes,
      responseDeserialize,
      bytes,
      (error) => error ? reject(error) : resolve(),
    );
    return promise;
  }

  /** Calls `ChatStream` and yields its notes; breaking out cancels the call. */
  async *stream(): AsyncGenerator<NoteMessage, void> {
    const { path, requestSerialize, responseDeserialize } = chatServer.ChatStream;
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      {},
    );
    try {
      for await (const note of call) yield note;
    } finally {
      call.cancel();
    }
  }

  /** Reads the first `count` notes of the room. */
  async read(count: number): Promise<NoteMessage[]> {
    const notes: NoteMessage[] = [];
    for await (const note of this.stream()) {
      if (notes.push(note) === count) break;
    }
    return notes;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** What a call failed with, for comparing: its status code and details. */
export async function failure(call: Promise<unknown>): Promise<{ code: number; details: string }> {
  const error: ServiceError = await call.then(
    () => Promise.reject(new Error("the call did not fail")),
    (error) => error,
  );
  return { code: error.code, details: error.details };
}
