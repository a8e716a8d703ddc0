import { Buffer } from "node:buffer";
import { HEAD_BYTES, type InnerCall } from "./message_deframer.ts";

/** Messages of at least this size, in bytes, are worth a copy that several calls share. */
const MIN_SHARED_BYTES = 4_096;

/**
 * Messages as gRPC sends them, each with its prefix. All calls that write the same messages share
 * the bytes, while grpc-js would copy each message for each call. Several messages are one write.
 */
export class FramedMessages {
  /** The messages, each with its prefix. */
  readonly bytes: Buffer;

  private constructor(messages: readonly Buffer[]) {
    const heads = messages.map((message) => {
      const head = Buffer.alloc(HEAD_BYTES); // Not compressed.
      head.writeUInt32BE(message.length, 1);
      return head;
    });
    this.bytes = Buffer.concat(messages.flatMap((message, i) => [heads[i]!, message]));
  }

  /** Frames a list of messages once, however often it is written. */
  static all(messages: readonly Buffer[]): FramedMessages {
    return this.#once(messages, messages);
  }

  /** Frames a message once, however often it is written; a small one is left to grpc-js. */
  static one(message: Buffer): Buffer | FramedMessages {
    return message.length < MIN_SHARED_BYTES ? message : this.#once(message, [message]);
  }

  /** Lets a call write framed messages as they are. */
  static acceptIn(call: InnerCall): void {
    const { serializeMessage } = call;
    call.serializeMessage = (message) =>
      message instanceof FramedMessages ? message.bytes : serializeMessage.call(call, message);
  }

  static readonly #framed = new WeakMap<object, FramedMessages>();

  static #once(key: object, messages: readonly Buffer[]): FramedMessages {
    let framed = this.#framed.get(key);
    if (!framed) this.#framed.set(key, framed = new FramedMessages(messages));
    return framed;
  }
}
