/**
 * One of many clients. It talks as fast as it is answered, and compares the notes it receives with
 * the notes of all other clients.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { join } from "../../client.ts";
import { ChatError } from "../../room/errors.ts";
import type { Chat, ChatEvent, ShownNote } from "../../client/chat.ts";
import { type ClientRecord, messageNumber } from "./compare.ts";

/** The state that all clients share. */
export interface SharedState {
  /** All notes that any client has received, by position. */
  readonly book: ShownNote[];
  /** Called on a violation. */
  readonly complain: (problem: string) => void;
  /** Called on an error that makes it pointless to go on. */
  readonly fail: (error: Error) => void;
  /** Called when something has happened. */
  readonly happened: () => void;
  /** Called when a post was acknowledged. */
  readonly acknowledged: () => void;
}

/** The behavior of a client. */
export interface ChaosClientOptions {
  readonly name: string;
  /** The servers, in the order in which it tries them. */
  readonly addresses: readonly string[];
  /** The room. Default: the lobby. */
  readonly room?: string | undefined;
  readonly last: number;
  /**
   * The silence of a server before it asks for a sign of life, in milliseconds. Default: as for
   * people.
   */
  readonly keepaliveMs?: number | undefined;
  /**
   * The number of posts that it keeps unanswered; 0 for a client that speaks only when it joins and
   * leaves.
   */
  readonly window: number;
  readonly random: () => number;
  /** The longest pause before it posts again, in milliseconds. Default: none. */
  readonly maxPauseMs?: number | undefined;
  /**
   * Whether the addresses are of several servers of one chat. Then a server may be behind another
   * one when it admits the client, and may refuse notes for the moment, of which the client does not
   * know whether they are stored. Default false.
   */
  readonly isShared?: boolean | undefined;
}

/** A client that talks as fast as it is answered, and follows the room. */
export class ChaosClient implements ClientRecord, AsyncDisposable {
  readonly name: string;
  readonly last: number;
  readonly said: string[] = [];
  readonly acked = new Map<string, number>();
  readonly refused = new Map<string, string>();
  readonly headWhenAsked: number;
  first = NaN;
  /** True while it is connected. */
  here = false;
  /** The last note that it has received. */
  latest: ShownNote | undefined;
  /** The names of the people in the room, by its events. */
  readonly people = new Set<string>();
  lostConnections = 0;
  /** The number of posts that were unanswered when connections were lost. */
  lostAnswers = 0;
  readonly #shared: SharedState;
  readonly #options: ChaosClientOptions;
  readonly #chat: Promise<Chat>;
  readonly #leave = new AbortController();
  readonly #following: Promise<void>;
  #under = 0;
  /** The timer of a pause. */
  #pause: ReturnType<typeof setTimeout> | undefined;
  #talking = true;

  constructor(options: ChaosClientOptions, shared: SharedState) {
    const { name, addresses, room, last, keepaliveMs, isShared = false } = options;
    this.name = name;
    this.last = last;
    this.headWhenAsked = isShared ? 0 : shared.book.length - 1;
    this.#options = options;
    this.#shared = shared;
    // No client may give up while the server restarts.
    const timeoutMs = 2 ** 30;
    this.#chat = join({
      name,
      room,
      address: addresses,
      timeoutMs,
      keepaliveMs,
      signal: this.#leave.signal,
      onRetry: (event) => this.#handle(event),
      ...(last < Infinity && { last }),
    });
    this.#following = this.#follow();
  }

  /** Posts a new note, and resolves once it is answered. */
  async say(): Promise<void> {
    // Some are long, so that cuts fall inside frames, and frame ends inside packets.
    const text = "é".repeat(Math.floor(1_000 * this.#options.random() ** 8));
    const message = `${this.said.length + 1} ${text}`;
    this.said.push(message);
    this.#under++;
    try {
      const seq = await (await this.#chat).say(message);
      this.#checkTurn(message);
      this.acked.set(message, seq ?? NaN); // Only the original contract has no positions.
      this.#shared.acknowledged();
    } catch (cause) {
      this.#handleRefusal(message, cause);
    }
    this.#under--;
    this.#talkOn();
    this.#shared.happened();
  }

  /** Posts new notes, one after another, until one is accepted. */
  async insist(): Promise<void> {
    do await this.say(); while (!this.acked.has(this.said.at(-1)!) && !this.#leave.signal.aborted);
  }

  #handleRefusal(message: string, cause: unknown): void {
    const what = `"${messageNumber(message)}" of ${this.name}`;
    const isTemporary = cause instanceof ChatError && cause.code === "unavailable";
    if (!this.#options.isShared || !isTemporary) {
      return this.#shared.fail(new Error(`${what} was not accepted: ${cause}`, { cause }));
    }
    this.#checkTurn(message);
    this.refused.set(message, cause.message);
  }

  /** Checks that answers come in order. */
  #checkTurn(message: string): void {
    const due = this.said[this.acked.size + this.refused.size];
    if (message === due) return;
    const what = `"${messageNumber(message)}" of ${this.name}`;
    this.#shared.complain(`${what} was answered before "${messageNumber(due!)}"`);
  }

  /** Stops posting on its own. */
  stopTalking(): void {
    this.#talking = false;
  }

  /** Posts on its own again. */
  startTalking(): void {
    this.#talking = true;
    this.#talk();
  }

  /** Whether it is connected, and everything that it has posted is answered. */
  get isSettled(): boolean {
    return this.here && this.#under === 0;
  }

  #talk(): void {
    while (this.#talking && this.#under < this.#options.window) void this.say();
  }

  /** Talks after an answer: at once, or after a pause, during which more answers may come. */
  #talkOn(): void {
    const { maxPauseMs, random } = this.#options;
    if (maxPauseMs === undefined) return this.#talk();
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#talk();
    }, maxPauseMs * random());
  }

  async #follow(): Promise<void> {
    try {
      for await (const event of (await this.#chat).events()) {
        this.#handle(event);
        this.#shared.happened();
        // A consumer is not always done at once.
        if (event.type === "connected" || this.#options.random() < 0.1) await nextTick();
      }
      if (!this.#leave.signal.aborted) throw new Error("the events ended");
    } catch (cause) {
      this.#shared.fail(new Error(`${this.name} is gone: ${cause}`, { cause }));
    }
  }

  #handle(event: ChatEvent): void {
    this.#handlePeople(event);
    if (event.type === "notes") {
      for (const note of event.notes) this.#check(note);
    } else if (event.type === "lost") {
      this.#shared.complain(`${this.name} got the report that ${event.count} notes are lost`);
    } else if (event.type === "connected" || event.type === "disconnected") {
      // A failed attempt loses nothing.
      if (this.here) {
        this.lostConnections++;
        this.lostAnswers += this.#under;
      }
      this.here = event.type === "connected";
      // However many are unanswered: people keep talking while they are cut off.
      if (this.#talking) void this.say();
      this.#talk();
    }
  }

  #handlePeople(event: ChatEvent): void {
    if (event.type === "connected" || event.type === "members") {
      this.people.clear();
      for (const { name } of event.members) this.people.add(name);
    }
    if (event.type === "renamed") this.people.delete(event.was);
    if (event.type === "joined" || event.type === "renamed") this.people.add(event.name);
    if (event.type === "left") this.people.delete(event.name);
  }

  #check(note: ShownNote): void {
    const { book, complain } = this.#shared;
    const seq = note.seq ?? NaN;
    const due = this.latest ? this.latest.seq! + 1 : seq;
    if (!(seq === due)) complain(`${this.name} got note ${seq} instead of ${due}`);
    if (!this.latest) this.first = seq;
    this.latest = note;
    const known = book[seq] ??= note;
    if (known.name !== note.name || known.message !== note.message || known.time !== note.time) {
      complain(`${this.name} got a different note ${seq} than another client`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopTalking();
    clearTimeout(this.#pause);
    this.#leave.abort();
    await this.#following;
  }
}

/** One turn of the event loop. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
