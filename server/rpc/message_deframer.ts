import { Buffer } from "node:buffer";
import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { formatCount } from "../../text/number.ts";
import type { CallStatus } from "../events/refusal.ts";

/** The part of grpc-js's call that reads messages. Its types omit these fields. */
export interface InnerCall {
  /** The HTTP/2 stream of the call. */
  readonly stream: ServerHttp2Stream;
  /** Returns who makes the call. */
  getPeer(): string;
  /** Assembles messages from received bytes. */
  decoder: Pick<MessageDeframer, "write" | "maxBytes">;
  /** Handles received bytes. */
  handleDataFrame(data: Buffer): void;
  /** Called when the peer has ended its side. */
  handleEndEvent(): void;
  /** Requests the next message. */
  startRead(): void;
  /** Starts the answer. */
  sendMetadata(metadata: { set(name: string, value: string): void }): void;
  /** Starts the answer, unless it has begun. */
  maybeSendMetadata(): void;
  sendStatus(status: CallStatus): void;
}

/** The only message encoding: a compressed message may expand to a thousand times its size. */
export const ENCODING = "identity";

/** The length of a message's prefix, in bytes: the compression flag and the length. */
export const HEAD_BYTES = 5;
/** Messages above this size, in bytes, are large. It is also what a stream may have unread. */
const LARGE_BYTES = 65_536;
const NOTHING = Buffer.alloc(0);

/** The options of a {@linkcode MessageDeframer}. Calls may share them. */
export interface DeframerOptions {
  /** The largest message at first, in bytes. */
  readonly maxBytes: number;
  /** Called with the peer, the stream and the number of bytes of each message that is delivered. */
  readonly onRead: (peer: string, stream: number, bytes: number) => void;
  /** Called when a message is refused, with the reason; returns the status that ends the call. */
  readonly refuse: (call: InnerCall, error: ChatError) => CallStatus;
}

/**
 * Assembles the messages of a call, in place of grpc-js's own decoder. It delivers one message at a
 * time, and only on request: bytes beyond that stay in the HTTP/2 flow-control windows. It refuses
 * a compressed or too long message as soon as its prefix is here.
 */
export class MessageDeframer {
  /** The largest message, in bytes. */
  maxBytes: number;
  readonly #call: InnerCall;
  readonly #peer: string;
  readonly #stream: number;
  /** The queue of its connection, once it has received part of a large message. */
  #queue: LargeMessages | undefined;
  /** Received but not yet delivered. */
  #parts: Buffer[] = [];
  #bytes = 0;
  /** The length of the next message with its prefix; 0 until known. */
  #size = 0;
  /** Whether a message was requested that has not been delivered yet. */
  #isWanted = false;
  /** Whether the peer has ended its side, which the call learns after the last message. */
  #isEndDue = false;
  #over = false;

  readonly #options: DeframerOptions;

  /** Replaces the decoder of `call`. */
  constructor(call: InnerCall, options: DeframerOptions) {
    this.#call = call;
    this.#peer = call.getPeer();
    this.#stream = call.stream.id ?? 0;
    this.#options = options;
    this.maxBytes = options.maxBytes;
    const { startRead, handleEndEvent, sendMetadata } = call;
    call.decoder = this;
    call.startRead = () => {
      this.#isWanted = true;
      call.handleDataFrame(NOTHING); // The next message may have arrived with the last one.
      if (this.#isWanted && this.#isEndDue) call.handleEndEvent();
      startRead.call(call);
    };
    call.handleEndEvent = () => {
      // Several messages may have arrived with the end. Those are delivered first.
      this.#isEndDue = this.#bytes > 0 && !this.#isWanted;
      if (!this.#isEndDue) handleEndEvent.call(call);
    };
    call.sendMetadata = (metadata) => {
      metadata.set("grpc-accept-encoding", ENCODING);
      sendMetadata.call(call, metadata);
    };
  }

  /** Adds received bytes, and returns the next message with its prefix if it is complete. */
  write(data: Buffer): Buffer[] {
    if (this.#over) return [];
    if (data.length > 0) this.#parts.push(data);
    this.#bytes += data.length;
    if (this.#size === 0 && this.#bytes >= HEAD_BYTES) this.#begin();
    if (this.#size === 0 || this.#over) return [];
    if (this.#bytes >= this.#size) return [this.#next()];
    if (this.#size > LARGE_BYTES) this.#queueLarge();
    return [];
  }

  /** Reads the prefix of the next message. */
  #begin(): void {
    if (this.#parts[0]!.length < HEAD_BYTES) this.#parts = [Buffer.concat(this.#parts)];
    const head = this.#parts[0]!;
    const length = head.readUInt32BE(1);
    if (head[0] !== 0) {
      const details = `The message is compressed: only the encoding "${ENCODING}" is accepted`;
      this.#refuse("unsupported", details);
    } else if (length > this.maxBytes) {
      const bound = `it has ${formatCount(length, "byte")}, at most ${
        formatCount(this.maxBytes, "byte")
      }`;
      const details = `Message larger than max: ${bound} are allowed`;
      this.#refuse("too_large", details);
    } else this.#size = HEAD_BYTES + length;
  }

  /** Removes the next message from the received bytes. */
  #next(): Buffer {
    const over = this.#bytes - this.#size;
    const last = this.#parts.pop()!;
    const own = last.length - over;
    this.#parts.push(last.subarray(0, own));
    const message = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = over > 0 ? [last.subarray(own)] : [];
    this.#queue?.leave(this.#call.stream);
    this.#options.onRead(this.#peer, this.#stream, this.#size);
    this.#bytes = over;
    this.#size = 0;
    this.#isWanted = false;
    return message;
  }

  #queueLarge(): void {
    const { stream } = this.#call;
    this.#queue ??= LargeMessages.of(stream.session);
    this.#queue.enter(stream);
  }

  #refuse(code: ChatErrorCode, details: string): void {
    this.#over = true;
    this.#parts = [];
    this.#call.sendStatus(this.#options.refuse(this.#call, new ChatError(code, details)));
  }
}

/**
 * Makes the calls of a connection receive large messages one after the other, so that partial
 * messages do not pile up. The streams that wait are paused.
 */
class LargeMessages {
  static readonly #ofSessions = new WeakMap<Http2Session, LargeMessages>();
  /** Streams with an incomplete large message. Only the first one is read. */
  readonly #streams = new Set<ServerHttp2Stream>();
  /** Streams with a close listener. */
  readonly #known = new WeakSet<ServerHttp2Stream>();

  /** Returns the queue of a connection. */
  static of(session: Http2Session | undefined): LargeMessages {
    let queue = session && LargeMessages.#ofSessions.get(session);
    if (!queue) {
      queue = new LargeMessages();
      if (session) LargeMessages.#ofSessions.set(session, queue);
    }
    return queue;
  }

  /** Adds a stream with part of a large message. */
  enter(stream: ServerHttp2Stream): void {
    this.#streams.add(stream);
    if (!this.#known.has(stream)) {
      this.#known.add(stream);
      stream.once("close", () => this.leave(stream));
    }
    if (this.#first !== stream) stream.pause();
  }

  /** Removes a stream when its message is complete or will never be. */
  leave(stream: ServerHttp2Stream): void {
    const wasFirst = this.#first === stream;
    this.#streams.delete(stream);
    if (wasFirst) this.#first?.resume();
  }

  get #first(): ServerHttp2Stream | undefined {
    for (const stream of this.#streams) return stream;
    return undefined;
  }
}

/** Returns the call inside the object that a handler gets. */
export function innerCall(call: object): InnerCall {
  return (call as { call: InnerCall }).call;
}
