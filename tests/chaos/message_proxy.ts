/**
 * A proxy that understands the protocol between a server and a node of the engine, and can hold
 * back, lose or answer single messages.
 *
 * @module
 */

import { tcpAddress } from "../support/wire/tcp_address.ts";
import { type Frame, FrameParser, replySubject } from "./nats_frames.ts";

/**
 * What happens with a frame: it is passed on, held back until `release()`, or lost; or a request of
 * the server is answered like by a node that does not have the message yet.
 */
export type Verdict = "pass" | "hold" | "lose" | "not found";

/** Decides about a frame that a server or a node has sent. */
export type Judge = (frame: Frame, from: Sender) => Verdict;

/** The end of a connection that a frame comes from. */
export type Sender = "server" | "node";

const PASS: Judge = () => "pass";

/** Forwards connections to a node. */
export class MessageProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #target: Deno.ConnectOptions;
  readonly #links = new Set<Link>();
  readonly #running: Promise<void>[] = [];
  #judge: Judge = PASS;
  #onAnswer: () => void = () => {};

  /** Forwards to `target`, a `HOST:PORT`. */
  constructor(target: string) {
    this.#target = tcpAddress(target);
    this.#running.push(this.#accept());
  }

  /** The address it listens on. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Resolves when a request has been answered in place of the node. */
  answered(): Promise<void> {
    return new Promise((resolve) => this.#onAnswer = resolve);
  }

  /** Lets `judge` decide about all frames from now on. */
  judgeBy(judge: Judge): void {
    this.#judge = judge;
  }

  /** Passes on everything that was held back, and everything that comes. */
  release(): void {
    this.#judge = PASS;
    for (const link of this.#links) link.release();
  }

  async #accept(): Promise<void> {
    for await (const server of this.#listener) this.#running.push(this.#forward(server));
  }

  async #forward(server: Deno.TcpConn): Promise<void> {
    const node = await Deno.connect(this.#target).catch(() => undefined);
    if (!node) return close(server);
    const link = new Link(server, node, (frame, from) => {
      const verdict = this.#judge(frame, from);
      if (verdict === "not found") this.#onAnswer();
      return verdict;
    });
    this.#links.add(link);
    await link.ended;
    this.#links.delete(link);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const link of this.#links) link.close();
    await Promise.all(this.#running);
  }
}

/** A connection of a server and the connection to the node that it is forwarded to. */
class Link {
  readonly #ends: Readonly<Record<Sender, Deno.TcpConn>>;
  readonly #writers: Readonly<Record<Sender, WritableStreamDefaultWriter<Uint8Array>>>;
  readonly #judge: Judge;
  /** The numbers of the server's subscriptions, by subject. */
  readonly #subscriptions = new Map<string, string>();
  /** Passes on what is held back. */
  #held: (() => void)[] = [];
  readonly ended: Promise<unknown>;

  constructor(server: Deno.TcpConn, node: Deno.TcpConn, judge: Judge) {
    this.#ends = { server, node };
    this.#writers = { server: server.writable.getWriter(), node: node.writable.getWriter() };
    this.#judge = judge;
    this.ended = Promise.all([this.#forward("server", "node"), this.#forward("node", "server")]);
  }

  async #forward(from: Sender, to: Sender): Promise<void> {
    const parser = new FrameParser();
    try {
      for await (const chunk of this.#ends[from].readable) {
        for (const frame of parser.parse(chunk)) this.#handle(frame, from, to);
        await this.#writers[to].ready;
      }
    } catch {
      // One of both is gone.
    }
    this.close();
  }

  #handle(frame: Frame, from: Sender, to: Sender): void {
    const { verb, words, bytes } = frame;
    if (verb === "SUB") this.#subscriptions.set(words[0]!, words.at(-1)!);
    const verdict = this.#judge(frame, from);
    if (verdict === "pass") this.#send(to, bytes);
    if (verdict === "hold") this.#held.push(() => this.#send(to, bytes));
    if (verdict === "not found") this.#answerNotFound(replySubject(frame));
  }

  #send(to: Sender, bytes: Uint8Array): void {
    void this.#writers[to].write(bytes).catch(() => {}); // It is gone: so is the link.
  }

  #answerNotFound(reply: string): void {
    const subscription = this.#subscriptions.get(reply) ??
      this.#subscriptions.get(reply.replace(/[^.]+$/, "*"));
    const header = "NATS/1.0 404 Message Not Found\r\n\r\n";
    const line = `HMSG ${reply} ${subscription} ${header.length} ${header.length}\r\n`;
    this.#send("server", new TextEncoder().encode(`${line}${header}\r\n`));
  }

  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const pass of held) pass();
  }

  close(): void {
    close(this.#ends.server);
    close(this.#ends.node);
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // It is closed already.
  }
}
