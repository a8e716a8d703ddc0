import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import { chatServer } from "../../../proto/mod.ts";
import { Checker, type KnownFrames, type Order } from "./checker.ts";
import { noteText } from "./wire.ts";

/** The read-ahead of the program's own client. */
const FLOW_CONTROL_WINDOW = 4 << 20;

const passThrough = (bytes: Buffer) => bytes;

/** Connects to `address`, over TLS without authentication if `tls` is true. */
export function connect(address: string, tls = false): Client {
  // Checking the certificate would not change the cost per note.
  const how = tls
    ? credentials.createSsl(null, null, null, { rejectUnauthorized: false })
    : credentials.createInsecure();
  return new Client(address, how, {
    ...(tls && { "grpc.ssl_target_name_override": "localhost" }), // TLS accepts no address as a name.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_channelz": 0,
    "grpc.enable_retries": 0,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
  });
}

/** A connection that delivers bytes as they arrive. */
class Peer implements Disposable {
  protected readonly client: Client;
  /** Settles on the first error. */
  readonly failed: Promise<never>;
  protected readonly fail: (error: unknown) => void;
  #waiting: { enough: () => boolean; resolve: () => void }[] = [];

  /** Uses `client`. */
  constructor(client: Client) {
    this.client = client;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {}); // Reported to the waiting callers.
    this.failed = promise;
    this.fail = reject;
  }

  /** Waits for a condition that incoming bytes fulfil. */
  async until(enough: () => boolean): Promise<void> {
    if (enough()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ enough, resolve });
    await Promise.race([promise, this.failed]);
  }

  /** Must be called after each incoming message. */
  protected notify(): void {
    if (this.#waiting.length === 0) return;
    this.#waiting = this.#waiting.filter(({ enough, resolve }) => {
      const done = enough();
      if (done) resolve();
      return !done;
    });
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

/** Where and how a member joins. */
export interface MemberOptions {
  /** The room. Default: the lobby. */
  readonly room?: string;
  /** The order of the room's notes. Default: that of one author. */
  readonly order?: Order;
  /** The number of the member's first post. Default: 1. */
  readonly firstPost?: number;
}

/** A member of a room with its own session and connection. */
export class Member extends Peer {
  readonly checker: Checker;
  /** Called with the notes that have just arrived, from `start` up to but not including `end`. */
  onNotes: ((start: number, end: number) => void) | undefined;
  /** Called when posts have been acknowledged, with their numbers, as for `onNotes`. */
  onAcks: ((start: number, end: number) => void) | undefined;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;

  /** Joins under `name`, on its own connection or another's, and reads from the oldest note on. */
  constructor(client: Client, name: string, known: KnownFrames, options: MemberOptions = {}) {
    super(client);
    const { room = "", order, firstPost } = options;
    this.checker = new Checker(known, order, firstPost);
    this.#call = this.client.makeBidiStreamRequest(
      chatServer.Session.path,
      passThrough,
      passThrough,
    );
    this.#call.on("data", (bytes: Buffer) => this.#receive(bytes));
    this.#call.on("error", this.fail);
    this.#call.write(
      chatServer.Session.requestSerialize({ join: { name, room, client: name.padEnd(16) } }),
    );
  }

  /** Joins, and waits for the welcome. */
  static async join(
    client: Client,
    name: string,
    known: KnownFrames,
    options: MemberOptions = {},
  ): Promise<Member> {
    const member = new Member(client, name, known, options);
    await member.until(() => member.checker.welcomed);
    return member;
  }

  #receive(bytes: Buffer): void {
    const { checker } = this;
    const { next, nextAck } = checker;
    try {
      checker.frame(bytes);
    } catch (error) {
      this.fail(error);
      this.#call.cancel();
      return;
    }
    if (checker.next > next) this.onNotes?.(next, checker.next);
    if (checker.nextAck > nextAck) this.onAcks?.(nextAck, checker.nextAck);
    this.notify();
  }

  /** Leaves, and keeps the connection open. */
  leave(): void {
    this.#call.end();
  }

  /** Sends an encoded `ClientFrame`. */
  send(frame: Buffer): void {
    this.#call.write(frame);
  }

  /** Waits until it has received every note up to `seq`. */
  has(seq: number): Promise<void> {
    return this.until(() => this.checker.next > seq);
  }

  /** Waits until every post up to `number` has been acknowledged. */
  acknowledged(number: number): Promise<void> {
    return this.until(() => this.checker.nextAck > number);
  }
}

/** A peer of the original contract. */
export class OriginalPeer extends Peer {
  readonly #checkers: Checker[] = [];

  /** Opens `ChatStream` and checks its notes, from the oldest on. */
  stream(known: KnownFrames): Checker {
    const { path, requestSerialize } = chatServer.ChatStream;
    const call = this.client.makeServerStreamRequest(path, requestSerialize, passThrough, {});
    const checker = new Checker(known);
    this.#checkers.push(checker);
    call.on("data", (bytes: Buffer) => {
      try {
        checker.note(bytes);
      } catch (error) {
        this.fail(error);
        call.cancel();
      }
      this.notify();
    });
    call.on("error", this.fail);
    return checker;
  }

  /** Waits until its streams have received every note up to `number`. */
  has(number: number): Promise<void> {
    return this.until(() => this.#checkers.every((checker) => checker.next > number));
  }

  /** Calls `SendNote`. */
  say(number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { path, requestSerialize } = chatServer.SendNote;
      const note = { name: "bench", message: noteText(number) };
      const done = (error: unknown) => error ? reject(error) : resolve();
      this.client.makeUnaryRequest(path, requestSerialize, passThrough, note, done);
    });
  }
}
