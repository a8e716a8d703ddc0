import { ChatError } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import type { Chat, ChatEvent, MoveOptions, SayOptions } from "../chat.ts";
import { batches } from "./batches.ts";
import type { Transcript } from "./transcript.ts";

/** One place where a person is: a chat, how to leave it, and what they have read there. */
export interface Location {
  /** The chat. */
  readonly chat: Chat;
  /** Leaves it when aborted. */
  readonly left: AbortController;
  /** What they have read there. */
  readonly transcript: Transcript;
  /** What to say on going back to notes that were shown before; they are shown again then. */
  readonly rewind?: string;
}

/** Where somebody wants to go. */
type Destination = Omit<MoveOptions, "signal">;

/** Shows lines above what is being typed, and rings. */
export type ShowLines = (lines: readonly string[], bell?: boolean) => void;

/**
 * How long who joins and leaves may wait to be told, in milliseconds: crowds come and go in
 * crowds, as when a server starts again, and are told in one line.
 */
const PRESENCE_DELAY_MS = 250;

const PRESENCE: readonly ChatEvent["type"][] = ["joined", "left", "renamed", "members"];

/** A person's chat in one place after another: what they say there and where they go. */
export class Conversation {
  readonly #show: ShowLines;
  #here: Location;
  /** The place that takes the place of this one once it connects. */
  #next: Location | undefined;
  /** Where the person wants to go, from the wish until they are there, or stay. */
  #moving: Destination | undefined;
  /** What has been said here and not been answered. */
  readonly #saying = new Set<Promise<unknown>>();
  #connected = false;
  /** Whether the chat here has ended, so that there is no staying. */
  #ended = false;
  /** Whether the person has left for good. */
  #left = false;
  /** Settles when the person has left, or cannot stay. */
  readonly #finished = Promise.withResolvers<void>();

  /** Makes a conversation that starts in `location` once it runs. */
  constructor(location: Location, show: ShowLines) {
    this.#here = location;
    this.#show = show;
  }

  /** Where the person is. */
  get here(): Location {
    return this.#here;
  }

  /** Whether the server is there. */
  get connected(): boolean {
    return this.#connected;
  }

  /**
   * Shows what happens until the person leaves.
   *
   * @throws {ChatError} when the server was never reached, or will not have them.
   */
  async run(): Promise<void> {
    void this.#follow(this.#here);
    await this.#finished.promise;
  }

  /** Leaves; what has not been answered a moment later is not said. */
  leave(): void {
    this.#left = true;
    this.#next?.left.abort();
    this.#here.left.abort();
  }

  /**
   * Says something here.
   *
   * @throws {ChatError} when the server does not take it, or the person leaves before it has.
   */
  async say(text: string, manner?: SayOptions): Promise<void> {
    const said = this.#here.chat.say(text, manner);
    this.#saying.add(said);
    try {
      await said;
    } finally {
      this.#saying.delete(said);
    }
  }

  /**
   * Goes somewhere else, with the transcript from here unless there is another one; if that
   * turns out not to be possible the person is told, and stays here.
   *
   * @throws {ChatError} if it is not possible, as far as that is known at once.
   */
  async move(
    to: Destination,
    then: Partial<Pick<Location, "transcript" | "rewind">> = {},
  ): Promise<void> {
    if (this.#moving) {
      throw new ChatError("unavailable", `${describeMove(this.#moving)} is still under way`);
    }
    if (!this.#connected) throw new ChatError("unavailable", "There is no connection");
    this.#moving = to;
    try {
      // Nothing may be left behind unanswered: there would be nobody to hear what became of it.
      await Promise.allSettled(this.#saying);
      if (this.#left || this.#ended) throw new ChatError("unavailable", "You have left");
      const left = new AbortController();
      const { chat, transcript } = this.#here;
      const after = transcript.last;
      const moved = chat.move({ ...(after && { after }), ...to, signal: left.signal });
      this.#next = { chat: moved, left, transcript, ...then };
    } catch (error) {
      this.#moving = undefined;
      throw error;
    }
    void this.#follow(this.#next);
  }

  async #follow(location: Location): Promise<void> {
    try {
      const events = batches(location.chat.events(), {
        isUrgent: ({ type }) => !PRESENCE.includes(type),
        maxDelayMs: PRESENCE_DELAY_MS,
      });
      for await (const batch of events) this.#handle(location, batch);
      this.#end(location);
    } catch (error) {
      this.#end(location, error);
    }
  }

  /** The events of a place have ended, for a reason or because it was left. */
  #end(location: Location, error?: unknown): void {
    if (location === this.#here) this.#ended = true;
    else if (location !== this.#next) return;
    else this.#next = undefined;
    if (this.#next) return; // It was told to go, and the new place is not there yet.
    this.#moving = undefined;
    if (this.#ended) return error ? this.#finished.reject(error) : this.#finished.resolve();
    if (error === undefined) return; // The person leaves, and the end of where they are follows.
    if (!(error instanceof ChatError)) return this.#finished.reject(error);
    // Here it is no news which server that was, only why it was not possible.
    const { message } = error.cause instanceof ChatError ? error.cause : error;
    this.#show([`-- ${escapeText(message)} --`]);
  }

  #handle(location: Location, events: readonly ChatEvent[]): void {
    if (location === this.#next && events.some(({ type }) => type === "connected")) {
      this.#arrive(location);
    }
    if (location !== this.#here) return;
    for (const { type } of events) {
      if (type === "connected") this.#connected = true;
      if (type === "disconnected") this.#connected = false;
    }
    const { lines, bell } = location.transcript.render(events);
    this.#show(lines, bell);
  }

  #arrive(location: Location): void {
    const { left } = this.#here;
    this.#here = location;
    this.#next = undefined;
    this.#moving = undefined;
    this.#ended = false;
    left.abort();
    if (location.rewind === undefined) return;
    location.transcript.rewind();
    this.#show([location.rewind]);
  }
}

function describeMove({ name, room }: Destination): string {
  if (room !== undefined) return `The way to room "${room}"`;
  return name === undefined ? "The way back in the history" : `The change of name to "${name}"`;
}
