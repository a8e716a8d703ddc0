import { Buffer } from "node:buffer";
import type { Http2Session, ServerHttp2Stream } from "node:http2";
import { STATUS } from "../../proto/status.ts";
import { formatCount } from "../../text/number.ts";
import type { CallStatus } from "../events/refusal.ts";

/** A call inside grpc-js, as far as it reads messages: fields that its types do not tell of. */
export interface InnerCall {
  /** The stream that it comes by. */
  readonly stream: ServerHttp2Stream;
  /** What puts messages together from what comes. */
  decoder: Pick<MessageDeframer, "write" | "maxBytes">;
  /** Takes what has come. */
  handleDataFrame(data: Buffer): void;
  /** Asks for the next message. */
  startRead(): void;
  /** Begins the answer. */
  sendMetadata(metadata: { set(name: string, value: string): void }): void;
  /** Ends the call. */
  sendStatus(status: CallStatus): void;
}

/** The only encoding of messages: what is compressed may unfold to a thousand times its size. */
export const ENCODING = "identity";

/** How long what comes before each message is, in bytes: whether it is compressed, and its length. */
const HEAD_BYTES = 5;
/** A message above this is large, in bytes: as much as a stream may have unread besides. */
const LARGE_BYTES = 65_536;
/** Nothing new. */
const NOTHING = Buffer.alloc(0);

/**
 * Puts the messages of a call together, in the place of what grpc-js has for that. It hands on
 * one at a time, and only when it is asked for the next: what nobody has asked for stays in the
 * windows of HTTP/2. It takes no message that is compressed or longer than its bound, and says
 * so by the head of the message, before the rest is here.
 */
export class MessageDeframer {
  /** The largest message, in bytes. */
  maxBytes: number;
  readonly #call: InnerCall;
  readonly #queue: LargeMessages;
  /** What has come and has not been handed on. */
  #parts: Buffer[] = [];
  #bytes = 0;
  /** How long the next message is with its head; 0 until that is known. */
  #size = 0;
  /** True once the call has been refused. */
  #over = false;

  readonly #onRead: (bytes: number) => void;

  /** Takes over from grpc-js what `call` brings; `onRead` hears how much has been handed on. */
  constructor(call: InnerCall, maxBytes: number, onRead: (bytes: number) => void) {
    this.#call = call;
    this.#onRead = onRead;
    this.maxBytes = maxBytes;
    this.#queue = LargeMessages.of(call.stream.session);
    const { startRead, sendMetadata } = call;
    call.decoder = this;
    call.startRead = () => {
      call.handleDataFrame(NOTHING); // The next message may have come with the last one.
      startRead.call(call);
    };
    call.sendMetadata = (metadata) => {
      metadata.set("grpc-accept-encoding", ENCODING);
      sendMetadata.call(call, metadata);
    };
  }

  /** Takes what has come, and returns the next message with its head, if it is whole. */
  write(data: Buffer): Buffer[] {
    if (this.#over) return [];
    if (data.length > 0) this.#parts.push(data);
    this.#bytes += data.length;
    if (this.#size === 0 && this.#bytes >= HEAD_BYTES) this.#begin();
    if (this.#size === 0 || this.#over) return [];
    if (this.#bytes >= this.#size) return [this.#next()];
    if (this.#size > LARGE_BYTES) this.#queue.enter(this.#call.stream);
    return [];
  }

  /** Looks at the head of the next message. */
  #begin(): void {
    if (this.#parts[0]!.length < HEAD_BYTES) this.#parts = [Buffer.concat(this.#parts)];
    const head = this.#parts[0]!;
    const length = head.readUInt32BE(1);
    if (head[0] !== 0) {
      const details = `The message is compressed: only the encoding "${ENCODING}" is accepted`;
      this.#refuse({ code: STATUS.unsupported, details });
    } else if (length > this.maxBytes) {
      const bound = `it has ${formatCount(length, "byte")}, at most ${
        formatCount(this.maxBytes, "byte")
      }`;
      const details = `Message larger than max: ${bound} are allowed`;
      this.#refuse({ code: STATUS.too_large, details });
    } else this.#size = HEAD_BYTES + length;
  }

  /** Takes the next message from what has come. */
  #next(): Buffer {
    const over = this.#bytes - this.#size;
    const last = this.#parts.pop()!;
    const own = last.length - over;
    this.#parts.push(last.subarray(0, own));
    const message = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    this.#parts = over > 0 ? [last.subarray(own)] : [];
    if (this.#size > LARGE_BYTES) this.#queue.leave(this.#call.stream);
    this.#onRead(this.#size);
    this.#bytes = over;
    this.#size = 0;
    return message;
  }

  #refuse(status: CallStatus): void {
    this.#over = true;
    this.#parts = [];
    this.#call.sendStatus(status);
  }
}

/**
 * Has the calls of a connection put large messages together one after the other, so that they
 * do not all keep parts of theirs at once. What waits stays with the peer.
 */
class LargeMessages {
  static readonly #ofSessions = new WeakMap<Http2Session, LargeMessages>();
  /** The streams that have a large message coming: the first one's comes. */
  readonly #streams = new Set<ServerHttp2Stream>();
  /** Those whose end it will hear of. */
  readonly #known = new WeakSet<ServerHttp2Stream>();

  /** That of a connection. */
  static of(session: Http2Session | undefined): LargeMessages {
    let queue = session && LargeMessages.#ofSessions.get(session);
    if (!queue) {
      queue = new LargeMessages();
      if (session) LargeMessages.#ofSessions.set(session, queue);
    }
    return queue;
  }

  /** A stream has part of a large message. */
  enter(stream: ServerHttp2Stream): void {
    this.#streams.add(stream);
    if (!this.#known.has(stream)) {
      this.#known.add(stream);
      stream.once("close", () => this.leave(stream));
    }
    if (this.#first !== stream) stream.pause();
  }

  /** It has it whole, or will never have it. */
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

/** The inside of a call, given as handlers get it. */
export function innerCall(call: object): InnerCall {
  return (call as { call: InnerCall }).call;
}
