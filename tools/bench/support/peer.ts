import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { Buffer } from "node:buffer";
import { chatServer } from "../../../proto/mod.ts";
import { Checker, type KnownFrames } from "./checker.ts";
import { noteText, PostEncoder } from "./wire.ts";

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

/** A member of the lobby with its own session and connection. */
export class Member extends Peer {
  readonly checker: Checker;
  /** Called with the notes that have just arrived, from `start` up to but not including `end`. */
  onNotes: ((start: number, end: number) => void) | undefined;
  /** Called when posts have been acknowledged. */
  onAcks: (() => void) | undefined;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;

  /** Joins under `name`, on its own connection or another's, and reads from the oldest note on. */
  constructor(client: Client, name: string, known: KnownFrames) {
    super(client);
    this.checker = new Checker(known);
    this.#call = this.client.makeBidiStreamRequest(
      chatServer.Session.path,
      passThrough,
      passThrough,
    );
    this.#call.on("data", (bytes: Buffer) => this.#receive(bytes));
    this.#call.on("error", this.fail);
    this.#call.write(
      chatServer.Session.requestSerialize({ join: { name, room: "", client: name.padEnd(16) } }),
    );
  }

  /** Joins, and waits for the welcome. */
  static async join(client: Client, name: string, known: KnownFrames): Promise<Member> {
    const member = new Member(client, name, known);
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
    if (checker.nextAck > nextAck) this.onAcks?.();
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

  /** Waits until every post up to `seq` has been acknowledged. */
  acknowledged(seq: number): Promise<void> {
    return this.until(() => this.checker.nextAck > seq);
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

/** An author that posts without end. No one else posts in the room, so numbers equal positions. */
export class Author {
  readonly member: Member;
  readonly #encoder = new PostEncoder();
  /** The last note that was posted. */
  posted = 0;

  /** Posts as `member`. */
  constructor(member: Member) {
    this.member = member;
  }

  /** Posts `count` notes in one frame. */
  post(count: number): void {
    this.member.send(this.#encoder.frame(this.posted + 1, count));
    this.posted += count;
  }

  /**
   * Posts `count` notes as fast as acknowledgements allow, with at most `window` unanswered and at
   * most `frame` in one frame. Returns after the last acknowledgement.
   */
  async burst(count: number, { window, frame }: { window: number; frame: number }): Promise<void> {
    const last = this.posted + count;
    const more = () => {
      while (this.posted < last) {
        const room = window - (this.posted + 1 - this.member.checker.nextAck);
        const size = Math.min(frame, last - this.posted);
        if (room < size) return;
        this.post(size);
      }
    };
    this.member.onAcks = more;
    more();
    await this.member.acknowledged(last);
    this.member.onAcks = undefined;
  }

  /**
   * Posts `rate` notes per second, one at a time, until `done` returns true. Calls `onPost` with
   * each note's number just before it is sent.
   */
  async postAtRate(
    rate: number,
    done: () => boolean,
    onPost: (number: number) => void,
  ): Promise<void> {
    const start = performance.now();
    for (let count = 0; !done();) {
      while (count < (performance.now() - start) / 1_000 * rate) {
        onPost(this.posted + 1);
        this.post(1);
        count++;
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
