import type { Chat, ChatEvent, Position } from "../../../client/chat.ts";
import { join, type SharedConnections } from "../../../client.ts";
import type { Identity } from "../../../client/profile/identity.ts";
import { errorMessage } from "../../../room/errors.ts";
import type { Random } from "../../support/random.ts";
import type { Recorder } from "./recorder.ts";

/** The habits of a {@linkcode Talker}. */
export interface TalkerOptions {
  /** The person, whose name it is, too. */
  readonly person: string;
  /** Proves that the names are theirs, and lets them read private notes later. */
  readonly identity: Identity;
  readonly room: string;
  /** The server, or a link to it. */
  readonly address: string;
  /** The connections that it shares with others. Default: a connection of its own. */
  readonly connections?: SharedConnections | undefined;
  /** The silence of the server before it asks for a sign of life, in milliseconds. */
  readonly keepaliveMs: number;
  /** The number of the room's newest notes to start with. Default: all. */
  readonly last?: number | undefined;
  readonly numbers: Random;
  /** Whom it sends private notes. */
  readonly friends: () => readonly Talker[];
}

/** The longest pause before a talker posts again, in milliseconds. */
const MAX_PAUSE_MS = 300;
/** The most posts that it keeps unanswered. */
const MAX_UNANSWERED = 8;
/** The part of the notes that is private. */
const PRIVATE_PART = 0.15;
/** The most characters of a note, few of which are that long. */
const MAX_CHARS = 2_000;

/** A person in one room who talks, and whose transcript goes into a history. */
export class Talker implements AsyncDisposable {
  readonly person: string;
  readonly room: string;
  /** Whether it is connected. */
  isHere = false;
  /** Whether it has ever been connected: from then on, the name is theirs. */
  hasName = false;
  /** Whether its chat has ended, although it never left. */
  isGone = false;
  /** The newest position that it has received. */
  at = 0;
  /** The number of its posts without an answer. */
  unanswered = 0;
  readonly #options: TalkerOptions;
  readonly #recorder: Recorder;
  #name: string;
  #leave = new AbortController();
  #chat: Promise<Chat>;
  #following: Promise<void>;
  #position: Position | undefined;
  /** The reader whose transcript goes on. */
  #reader: string;
  /** Leaves the chat under the next name; undefined unless it is changing its name. */
  #moving: AbortController | undefined;
  /** Whether the events of the current chat have ended. */
  #hasEnded = false;
  /** Why they have. */
  #end = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTalking = true;
  /** Pending while it reads nothing. */
  #asleep: PromiseWithResolvers<void> | undefined;

  /** Joins, and talks until it is told to rest. */
  constructor(options: TalkerOptions, recorder: Recorder) {
    this.#options = options;
    this.#recorder = recorder;
    const { person, room, address, identity, connections, keepaliveMs, last } = options;
    [this.person, this.room, this.#name] = [person, room, person];
    this.#reader = recorder.open({ person, room, ...(last === undefined && { after: 0 }) });
    const { signal } = this.#leave;
    this.#chat = join({
      ...{ name: person, room, address, identity, connections, keepaliveMs, last, signal },
      timeoutMs: 2 ** 30, // It does not give up while the server is away.
      pace: true,
    });
    this.#following = this.#follow(this.#chat, this.#reader, signal);
    this.#chat.catch(() => {}); // Following it tells.
    this.#talkLater();
  }

  /** The name under which it speaks. */
  get name(): string {
    return this.#name;
  }

  /** Whether it is connected, and has all answers. */
  get isSettled(): boolean {
    return this.isHere && this.unanswered === 0;
  }

  #talkLater(): void {
    this.#timer = setTimeout(() => {
      if (this.#isTalking && this.unanswered < MAX_UNANSWERED) void this.say();
      this.#talkLater();
    }, MAX_PAUSE_MS * this.#options.numbers.next());
  }

  /** Posts a note, sometimes a private one, and resolves once it is answered. */
  async say(isPrivate = this.#options.numbers.next() < PRIVATE_PART): Promise<void> {
    const { numbers: { next, pick }, friends } = this.#options;
    const { person, room } = this;
    const others = isPrivate ? friends().filter((one) => one !== this && one.hasName) : [];
    const friend = others.length > 0 ? pick(others) : undefined;
    const text = `${person} ${this.#recorder.number()} ${"é".repeat(MAX_CHARS * next() ** 12)}`
      .trim();
    this.#recorder.add({ type: "posted", person, room, text, to: friend?.person });
    this.unanswered++;
    try {
      const chat = await this.#chat;
      const manner = friend && { kind: "whisper" as const, to: friend.name };
      const seq = await chat.say(text, manner);
      this.#recorder.add({ type: "accepted", person, room, text, seq: seq ?? NaN });
    } catch (error) {
      if (!this.#leave.signal.aborted) {
        this.#recorder.add({ type: "refused", person, room, text, reason: errorMessage(error) });
      }
    }
    this.unanswered--;
    this.#recorder.wake();
  }

  async #follow(joining: Promise<Chat>, reader: string, signal: AbortSignal): Promise<void> {
    let reason = "its events ended";
    try {
      for await (const event of (await joining).events()) {
        this.#handle(event, reader);
        await this.#asleep?.promise;
      }
    } catch (error) {
      reason = errorMessage(error);
    }
    this.#hasEnded = true;
    this.#end = reason;
    // The server ends the session of the old name when it admits that of the new one.
    const isLeft = signal.aborted || this.#moving !== undefined;
    if (!isLeft) this.isGone = true;
    this.#recorder.add(isLeft ? { type: "closed", reader } : { type: "ended", reader, reason });
    this.#recorder.wake();
  }

  #handle(event: ChatEvent, reader: string): void {
    const isNewest = reader === this.#reader;
    if (event.type === "connected") {
      if (isNewest) this.isHere = this.hasName = true;
      this.#advance(event.position, isNewest);
      const { pending, head } = event;
      if (pending && head) {
        this.#recorder.add({ type: "announced", reader, ...pending, head: head.seq });
      }
    } else if (event.type === "disconnected") {
      if (isNewest && this.isHere) this.#recorder.lostConnections++;
      if (isNewest) this.isHere = false;
    } else if (event.type === "lost") {
      this.#recorder.add({ type: "told lost", reader, count: event.count });
    } else if (event.type === "notes") {
      for (const { seq = NaN, name, message: text, to, time = NaN } of event.notes) {
        const { room } = this;
        this.#recorder.add({ type: "received", reader, room, seq, name, text, to, time });
      }
      this.#advance(event.position, isNewest);
    }
    this.#recorder.wake();
  }

  #advance(position: Position | undefined, isNewest: boolean): void {
    if (!position || !isNewest) return;
    this.#position = position;
    this.at = position.seq;
  }

  /** Stops posting. */
  rest(): void {
    this.#isTalking = false;
  }

  /** Reads nothing for a while. */
  sleep(): void {
    this.#asleep ??= Promise.withResolvers();
  }

  /** Reads on. */
  wakeUp(): void {
    this.#asleep?.resolve();
    this.#asleep = undefined;
  }

  /**
   * Changes its name to `name`, in a new session that goes on where this one is. It first waits for
   * all answers, as programs for people do, since nobody would learn of later ones.
   */
  async rename(name: string): Promise<void> {
    if (this.#moving) return;
    this.#isTalking = false;
    this.#moving = new AbortController();
    try {
      await this.#recorder.until(() => this.isSettled || this.#leave.signal.aborted);
      if (!this.#leave.signal.aborted) await this.#moveTo(name, this.#moving);
    } catch (error) {
      if (this.#hasEnded) this.#giveUp(errorMessage(error));
      // Otherwise the server is away, and this chat goes on.
    }
    this.#moving = undefined;
    this.#isTalking = !this.#recorder.isResting && !this.#leave.signal.aborted;
  }

  /** Both sessions have ended: somebody who wants to stay is out of the room. */
  #giveUp(reason: string): void {
    if (this.#leave.signal.aborted) return;
    this.isGone = true;
    this.isHere = false;
    this.#recorder.add({ type: "ended", reader: this.#reader, reason: `${this.#end}; ${reason}` });
  }

  async #moveTo(name: string, leave: AbortController): Promise<void> {
    const { person, room } = this;
    const after = this.#position!; // It is connected.
    const [old, left] = [await this.#chat, this.#leave];
    const moved = await old.move({ name, after, signal: leave.signal });
    const before = this.#following;
    const reader = this.#recorder.open({ person, room, after: after.seq });
    [this.#name, this.#leave, this.#chat] = [name, leave, Promise.resolve(moved)];
    [this.#reader, this.isHere, this.#hasEnded] = [reader, false, false];
    left.abort();
    this.#following = this.#follow(this.#chat, reader, leave.signal);
    await before;
  }

  /** Leaves without a word: what it posted may remain without an answer. */
  vanish(): void {
    this.#recorder.add({ type: "vanished", person: this.person });
    this.#stop();
  }

  /** Leaves, when it should have everything up to `head`. */
  finish(head: number): void {
    this.#recorder.add({ type: "closed", reader: this.#reader, head });
    this.#stop();
  }

  #stop(): void {
    this.rest();
    clearTimeout(this.#timer);
    this.#moving?.abort();
    this.#leave.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wakeUp();
    this.#stop();
    await this.#following;
  }
}
