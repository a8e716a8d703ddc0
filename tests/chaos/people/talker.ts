import type { Chat, ChatEvent, Position } from "../../../client/chat.ts";
import { join, type SharedConnections } from "../../../client.ts";
import type { Identity } from "../../../client/profile/identity.ts";
import { ChatError, errorMessage } from "../../../room/errors.ts";
import type { ModerationCommand } from "../../../room/moderation.ts";
import type { Random } from "../../support/random.ts";
import type { Recorder } from "./recorder.ts";

/** How much a {@linkcode Talker} says. */
export interface TalkerHabits {
  /** The longest pause before it posts again, in milliseconds; 0 to post as it is answered. */
  readonly maxPauseMs: number;
  /** The most posts that it keeps unanswered on its own. */
  readonly maxUnanswered: number;
  /** The part of the notes that is private. */
  readonly privatePart: number;
}

/** As people talk who type fast. */
export const USUAL_HABITS: TalkerHabits = { maxPauseMs: 300, maxUnanswered: 8, privatePart: 0.15 };

/** The options of a {@linkcode Talker}. */
export interface TalkerOptions {
  /** The person, whose name it is, too. */
  readonly person: string;
  /** Proves that the names are theirs, and lets them read private notes later. */
  readonly identity: Identity;
  readonly room: string;
  /** The servers, or links to them, in the order in which it tries them. */
  readonly addresses: readonly string[];
  /** Whether the addresses are of several servers of one chat. */
  readonly isShared: boolean;
  /** The connections that it shares with others. Default: a connection of its own. */
  readonly connections?: SharedConnections | undefined;
  /** The silence of the server before it asks for a sign of life, in milliseconds. */
  readonly keepaliveMs: number;
  /** The number of the room's newest notes to start with. Default: all. */
  readonly last?: number | undefined;
  readonly numbers: Random;
  readonly habits: TalkerHabits;
  /** Whom it sends private notes. */
  readonly friends: () => readonly Talker[];
}

/** The most characters of a note, few of which are that long. */
const MAX_CHARS = 2_000;
/** The number of words of which each note has one, to be searched for. */
const WORDS = 5;
/** The most notes that a search finds. */
const MAX_FOUND = 1_000;

/** One of the words to search for. No name and no number is a part of it. */
export function searchWord(number: number): string {
  return `w${number % WORDS}w`;
}

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
  /** The number of its posts with an answer. */
  answered = 0;
  /** The names of the people in the room, by its events. */
  readonly people = new Set<string>();
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
    const { person, room, addresses, identity, connections, keepaliveMs, last } = options;
    [this.person, this.room, this.#name] = [person, room, person];
    this.#reader = recorder.open({
      ...{ person, room, mayLag: options.isShared },
      ...last === undefined ? { after: 0 } : { last },
    });
    const { signal } = this.#leave;
    this.#chat = join({
      ...{ name: person, room, address: addresses, identity, connections, keepaliveMs, last },
      signal,
      timeoutMs: 2 ** 30, // It does not give up while the server is away.
      pace: true,
    });
    this.#following = this.#follow(this.#chat, this.#reader, signal);
    this.#chat.catch(() => {}); // Following it tells.
    this.#talkLater();
  }

  /** The servers, or links to them, that it knows. */
  get addresses(): readonly string[] {
    return this.#options.addresses;
  }

  /** The name under which it speaks. */
  get name(): string {
    return this.#name;
  }

  /** Whether it is connected, and has all answers. */
  get isSettled(): boolean {
    return this.isHere && this.unanswered === 0;
  }

  get #mayTalk(): boolean {
    const mayPost = this.#isTalking && !this.isGone && !this.#leave.signal.aborted;
    return mayPost && this.unanswered < this.#options.habits.maxUnanswered;
  }

  #talkLater(): void {
    const { habits: { maxPauseMs }, numbers } = this.#options;
    if (maxPauseMs === 0) return; // Its answers and connections make it talk.
    this.#timer = setTimeout(() => {
      if (this.#mayTalk) void this.say();
      this.#talkLater();
    }, maxPauseMs * numbers.next());
  }

  /** Talks as much as it may, if it needs no pause. */
  #talkOn(): void {
    if (this.#options.habits.maxPauseMs > 0) return;
    while (this.#mayTalk) void this.say();
  }

  /**
   * Posts a note, sometimes a private one. Resolves once it is answered: with its position, or
   * undefined if it was not accepted.
   */
  async say(
    isPrivate = this.#options.numbers.next() < this.#options.habits.privatePart,
  ): Promise<number | undefined> {
    const { numbers: { next, pick }, friends, isShared } = this.#options;
    const { person, room } = this;
    const others = isPrivate ? friends().filter((one) => one !== this && one.hasName) : [];
    const friend = others.length > 0 ? pick(others) : undefined;
    const number = this.#recorder.number();
    const text = `${person} ${number} ${searchWord(number)} ${"é".repeat(MAX_CHARS * next() ** 12)}`
      .trim();
    this.#recorder.add({ type: "posted", person, room, text, to: friend?.person });
    this.unanswered++;
    let seq: number | undefined;
    try {
      const chat = await this.#chat;
      const manner = friend && { kind: "whisper" as const, to: friend.name };
      seq = await chat.say(text, manner);
      this.#recorder.add({ type: "accepted", person, room, text, seq: seq ?? NaN });
    } catch (error) {
      const isUnknown = error instanceof ChatError && error.code === "unavailable";
      if (!this.#leave.signal.aborted) {
        const answer = {
          type: "refused",
          person,
          room,
          text,
          reason: errorMessage(error),
        } as const;
        this.#recorder.add({ ...answer, ...isShared && isUnknown && { mayBeStored: true } });
      }
    }
    this.unanswered--;
    this.answered++;
    this.#talkOn();
    this.#recorder.wake();
    return seq;
  }

  /** Sets the topic. Resolves with whether it was set; undefined if that is not known. */
  async setTopic(): Promise<boolean | undefined> {
    const { person, room } = this;
    const text = `topic ${this.#recorder.number()}`;
    this.#recorder.add({ type: "topic asked", person, room, text });
    const isSet = await this.#request((chat) => chat.setTopic(text));
    if (isSet !== undefined) {
      this.#recorder.add({ type: isSet ? "topic set" : "topic refused", person, room, text });
    }
    return isSet;
  }

  /** Gives an order. Resolves with whether it was executed; undefined if that is not known. */
  order(command: ModerationCommand): Promise<boolean | undefined> {
    return this.#request((chat) => chat.order(command));
  }

  /** Whether a request was fulfilled; undefined if its answer is lost. */
  async #request(ask: (chat: Chat) => Promise<unknown>): Promise<boolean | undefined> {
    try {
      await ask(await this.#chat);
      return true;
    } catch (error) {
      const isRefused = error instanceof ChatError && error.code !== "unavailable";
      return isRefused ? false : undefined;
    }
  }

  /** Searches the room for one of the words. */
  async search(): Promise<void> {
    const { person, room } = this;
    const { numbers: { below }, isShared } = this.#options;
    const word = searchWord(below(WORDS));
    await this.#request((chat) =>
      recordSearch(chat, { room, person, word, mayLag: isShared }, this.#recorder)
    );
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
    if (isNewest) this.#handlePeople(event);
    const { room } = this;
    if (event.type === "connected") {
      if (isNewest) this.isHere = this.hasName = true;
      this.#advance(event.position, isNewest);
      const { pending, head } = event;
      if (pending && head) {
        this.#recorder.add({ type: "announced", reader, ...pending, head: head.seq });
      }
      this.#talkOn();
    } else if (event.type === "disconnected") {
      if (isNewest && this.isHere) {
        this.#recorder.lostConnections++;
        this.#recorder.lostAnswers += this.unanswered;
      }
      if (isNewest) this.isHere = false;
    } else if (event.type === "lost") {
      this.#recorder.add({ type: "told lost", reader, count: event.count });
    } else if (event.type === "notes") {
      for (const { seq = NaN, name, message: text, to, time = NaN } of event.notes) {
        this.#recorder.add({ type: "received", reader, room, seq, name, text, to, time });
      }
      this.#advance(event.position, isNewest);
    }
    if ((event.type === "connected" || event.type === "topic") && event.topic) {
      this.#recorder.add({ type: "topic seen", reader, room, text: event.topic.text });
    }
    this.#recorder.wake();
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

  #advance(position: Position | undefined, isNewest: boolean): void {
    if (!position || !isNewest) return;
    this.#position = position;
    this.at = position.seq;
  }

  /** Stops posting. */
  rest(): void {
    this.#isTalking = false;
  }

  /** Posts again. */
  goOn(): void {
    this.#isTalking = true;
    this.#talkOn();
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
      const isSettled = () => this.isSettled || this.#leave.signal.aborted;
      if (await this.#recorder.until(isSettled) && !this.#leave.signal.aborted) {
        await this.#moveTo(name, this.#moving);
      }
    } catch (error) {
      if (this.#hasEnded) this.#giveUp(errorMessage(error));
      // Otherwise the server is away, and this chat goes on.
    }
    this.#moving = undefined;
    this.#isTalking = !this.#recorder.isResting && !this.#leave.signal.aborted;
    this.#talkOn();
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
    const mayLag = this.#options.isShared;
    // Before it is connected: what others have by then, it must get.
    const reader = this.#recorder.open({ person, room, after: after.seq, mayLag });
    const moving = old.move({ name, after, signal: leave.signal });
    moving.catch(() => this.#recorder.add({ type: "closed", reader }));
    const moved = await moving;
    const before = this.#following;
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

/** Searches a room, and records what is found; without an end, if the search is cut off. */
export async function recordSearch(
  chat: Pick<Chat, "search">,
  { word, room, ...who }: {
    readonly room: string;
    readonly person: string | undefined;
    readonly word: string;
    readonly mayLag: boolean;
  },
  recorder: Recorder,
): Promise<void> {
  const search = `${recorder.number()}`;
  recorder.add({ type: "search", search, room, word, ...who });
  const notes = chat.search({ words: [word], limit: MAX_FOUND });
  while (true) {
    const { done, value } = await notes.next();
    if (done) return recorder.add({ type: "search ended", search, searched: value.searched });
    const { seq = NaN, name, message: text, to, time = NaN } = value;
    recorder.add({ type: "found", search, room, seq, name, text, to, time });
  }
}
