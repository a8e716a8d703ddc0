import type { Buffer } from "node:buffer";
import type { Readable } from "node:stream";
import { chatServer, type ClientFrame, strictly } from "../../proto/mod.ts";
import { LIMITS } from "../../room/limits.ts";
import type { CallContext } from "../calls/context.ts";
import { timeoutError } from "../calls/timeout.ts";
import { writeOut } from "../calls/writing.ts";
import type { CallStatus } from "../events/refusal.ts";
import type { Connection } from "../net/connection.ts";
import { peerAddress } from "../net/grpc_peer.ts";
import type { Peer, RefusedItem } from "../peer.ts";
import { type AnswerStream, endWithStatus } from "./answer_stream.ts";
import { FramedWriter, frameMessage } from "./framed_writer.ts";
import { innerCall } from "./message_deframer.ts";
import { Requests } from "./requests.ts";

/** A call by which both sides send messages. */
export type DuplexCall = AnswerStream & Readable & { getPeer(): string };

/** The peer of a call that begins with a join, for which the time is short. */
export class CallPeer implements Peer, Disposable {
  readonly address: string;
  readonly origin = undefined;
  readonly frames: Requests<ClientFrame>;
  readonly signal: AbortSignal;
  readonly #call: DuplexCall;
  readonly #writer: FramedWriter;
  readonly #connection: Connection;
  /** The largest frame of a peer that has joined, in bytes. */
  readonly #maxFrameBytes: number;
  /** Its place among the sessions of the connection. */
  readonly #place: Disposable;
  #pin: Disposable | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Counts the call as a session of its connection until disposed.
   *
   * @param signal Aborted when the peer leaves or the server stops.
   * @throws {ChatError} `full`, if there are too many; `unavailable`, if the connection is gone.
   */
  constructor(call: DuplexCall, { connections, services }: CallContext, signal: AbortSignal) {
    const { joinTimeoutMs, maxNoteBytes } = services.bounds;
    const connection = connections.get(call.getPeer());
    this.#place = connection.openSession();
    this.#call = call;
    this.#writer = new FramedWriter(call);
    this.#connection = connection;
    this.#maxFrameBytes = LIMITS.frameBytes + maxNoteBytes;
    this.address = peerAddress(call.getPeer());
    this.signal = signal;
    const decode = strictly(
      chatServer.Session.requestDeserialize,
      (fields) => connection.recordFields(fields),
    );
    this.frames = new Requests(call, (bytes) => {
      connection.checkNotCut();
      return decode(bytes);
    }, signal);
    this.#timer = setTimeout(
      () => this.frames.fail(timeoutError("No join", joinTimeoutMs)),
      joinTimeoutMs,
    );
  }

  isReading(): boolean {
    return true;
  }

  write(frame: Buffer, signal: AbortSignal): Promise<void> {
    return writeOut(this.#writer, frameMessage(frame), signal);
  }

  writeLast(frame: Buffer): void {
    this.#writer.write(frameMessage(frame));
  }

  refuse(status: CallStatus): void {
    endWithStatus(this.#call, status);
  }

  joined(): void {
    this.#endTimeout();
    this.#pin = this.#connection.pin();
    innerCall(this.#call).decoder.maxBytes = this.#maxFrameBytes;
  }

  posted(length: number): void {
    this.#connection.refundPost(length);
  }

  refused(what: RefusedItem): void {
    this.#connection.recordRefusal(what);
  }

  [Symbol.dispose](): void {
    this.#endTimeout();
    this.#pin?.[Symbol.dispose]();
    this.#place[Symbol.dispose]();
  }

  #endTimeout(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
