/**
 * One of a crowd: it talks as fast as it is answered, and compares what
 * it hears with what all others hear.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { join } from "../../client.ts";
import type { Chat, ChatEvent, ShownNote } from "../../client/chat.ts";
import { type ClientRecord, messageNumber } from "./compare.ts";

/** What a client shares with the others. */
export interface SharedState {
  /** All notes that anybody has seen, by position. */
  readonly book: ShownNote[];
  /** Hears of what must not be. */
  readonly complain: (problem: string) => void;
  /** Hears of what makes it no use to go on. */
  readonly fail: (error: Error) => void;
  /** Hears that something has happened. */
  readonly happened: () => void;
}

/** How a client behaves. */
export interface ChaosClientOptions {
  readonly name: string;
  readonly address: string;
  readonly last: number;
  /** How many posts it has under way; 0 for one who speaks only when it comes and goes. */
  readonly window: number;
  readonly random: () => number;
}

/** A client that talks as fast as it is answered, and follows what all say. */
export class ChaosClient implements ClientRecord, AsyncDisposable {
  readonly name: string;
  readonly last: number;
  readonly said: string[] = [];
  readonly acked = new Set<string>();
  readonly headWhenAsked: number;
  first = NaN;
  /** True while it is connected. */
  here = false;
  /** The last note that it has seen. */
  latest: ShownNote | undefined;
  lostConnections = 0;
  /** How many posts were unanswered when connections were lost. */
  lostAnswers = 0;
  readonly #shared: SharedState;
  readonly #options: ChaosClientOptions;
  readonly #chat: Promise<Chat>;
  readonly #leave = new AbortController();
  readonly #following: Promise<void>;
  #under = 0;
  #talking = true;

  constructor(options: ChaosClientOptions, shared: SharedState) {
    const { name, address, last } = options;
    this.name = name;
    this.last = last;
    this.headWhenAsked = shared.book.length - 1;
    this.#options = options;
    this.#shared = shared;
    // While the server starts again, nobody is to give up.
    const timeoutMs = 2 ** 30;
    this.#chat = join({
      name,
      address,
      timeoutMs,
      signal: this.#leave.signal,
      onRetry: (event) => this.#handle(event),
      ...(last < Infinity && { last }),
    });
    this.#following = this.#follow();
  }

  /** Says something new, and resolves when that has been answered. */
  async say(): Promise<void> {
    // Some are long, so that cuts fall into frames, and frames into packets.
    const text = "é".repeat(Math.floor(1_000 * this.#options.random() ** 8));
    const message = `${this.said.length + 1} ${text}`;
    this.said.push(message);
    this.#under++;
    try {
      await (await this.#chat).say(message);
      const due = this.said[this.acked.size];
      if (message !== due) throw new Error(`answered before "${messageNumber(due!)}"`);
      this.acked.add(message);
    } catch (cause) {
      const what = `"${messageNumber(message)}" of ${this.name}`;
      this.#shared.fail(new Error(`${what} was not taken: ${cause}`, { cause }));
    }
    this.#under--;
    this.#talk();
    this.#shared.happened();
  }

  /** Says nothing more by itself. */
  stopTalking(): void {
    this.#talking = false;
  }

  #talk(): void {
    while (this.#talking && this.#under < this.#options.window) void this.say();
  }

  async #follow(): Promise<void> {
    try {
      for await (const event of (await this.#chat).events()) {
        this.#handle(event);
        this.#shared.happened();
        // Whoever shows what comes is not always done at once.
        if (event.type === "connected" || this.#options.random() < 0.1) await nextTick();
      }
      if (!this.#leave.signal.aborted) throw new Error("the events ended");
    } catch (cause) {
      this.#shared.fail(new Error(`${this.name} is gone: ${cause}`, { cause }));
    }
  }

  #handle(event: ChatEvent): void {
    if (event.type === "notes") {
      for (const note of event.notes) this.#check(note);
    } else if (event.type === "lost") {
      this.#shared.complain(`${this.name} was told that ${event.count} notes are lost`);
    } else if (event.type === "connected" || event.type === "disconnected") {
      // An attempt that fails loses nothing.
      if (this.here) {
        this.lostConnections++;
        this.lostAnswers += this.#under;
      }
      this.here = event.type === "connected";
      // However much is under way: people talk on while they are cut off.
      if (this.#talking) void this.say();
      this.#talk();
    }
  }

  #check(note: ShownNote): void {
    const { book, complain } = this.#shared;
    const seq = note.seq ?? NaN;
    const due = this.latest ? this.latest.seq! + 1 : seq;
    if (!(seq === due)) complain(`${this.name} got note ${seq} where ${due} was due`);
    if (!this.latest) this.first = seq;
    this.latest = note;
    const known = book[seq] ??= note;
    if (known.name !== note.name || known.message !== note.message || known.time !== note.time) {
      complain(`${this.name} got another note ${seq} than somebody else`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopTalking();
    this.#leave.abort();
    await this.#following;
  }
}

/** One turn of the event loop. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
