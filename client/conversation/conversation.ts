import { ChatError } from "../../room/errors.ts";
import type { Chat, ChatEvent, MoveOptions, SayOptions } from "../chat.ts";
import type { Row } from "../render/row.ts";
import { batches } from "./batches.ts";
import type { Transcript } from "./transcript.ts";

/** A chat that the person is or was in, and the notes that they have read there. */
export interface Location {
  /** The chat. */
  readonly chat: Chat;
  /** Leaves it when aborted. */
  readonly left: AbortController;
  /** The notes that they have read there. */
  readonly transcript: Transcript;
}

/** The destination of a move. */
type Destination = Omit<MoveOptions, "signal">;

/** The display of a new location. */
export interface ArrivalOptions {
  /** The transcript to go on with. Default: the one from here. */
  readonly transcript?: Transcript;
  /** A row to show before notes that were shown before, and are shown again. */
  readonly rewind?: Row;
}

/** Shows rows, and rings the bell. */
export type ShowRows = (rows: readonly Row[], bell?: boolean) => void;

/**
 * The longest delay of joins and leaves, in milliseconds. They come in bursts, as when a server
 * restarts, and a burst is one line.
 */
const PRESENCE_DELAY_MS = 250;

const PRESENCE: readonly ChatEvent["type"][] = ["joined", "left", "renamed", "members"];

/** A person's conversation, in one location after another. */
export class Conversation {
  readonly #show: ShowRows;
  #here: Location;
  /** The destination of a move under way; undefined if there is none. */
  #moving: Destination | undefined;
  /** Leaves the chat that is being joined. */
  #next: AbortController | undefined;
  /** Texts that have not been answered. */
  readonly #saying = new Set<Promise<unknown>>();
  #connected = false;
  /** Whether the chat here has ended, so that the person cannot stay. */
  #ended = false;
  /** Whether the person has left the program. */
  #left = false;
  /** Settles when the person has left, or cannot stay. */
  readonly #finished = Promise.withResolvers<void>();

  /** Makes a conversation that starts in `location` once it runs. */
  constructor(location: Location, show: ShowRows) {
    this.#here = location;
    this.#show = show;
  }

  /** The location of the person. */
  get here(): Location {
    return this.#here;
  }

  /** Whether the server is connected. */
  get connected(): boolean {
    return this.#connected;
  }

  /**
   * Shows what happens until the person leaves.
   *
   * @throws {ChatError} when the server does not admit them any more.
   */
  async run(): Promise<void> {
    void this.#follow(this.#here);
    await this.#finished.promise;
  }

  /** Leaves. Texts that are not answered within a moment are not said. */
  leave(): void {
    this.#left = true;
    this.#next?.abort();
    this.#here.left.abort();
  }

  /**
   * Says something here.
   *
   * @throws {ChatError} when the server does not accept it, or the person leaves before it does.
   */
  async say(text: string, options?: SayOptions): Promise<void> {
    const said = this.#here.chat.say(text, options);
    this.#saying.add(said);
    try {
      await said;
    } finally {
      this.#saying.delete(said);
    }
  }

  /**
   * Moves. Resolves when the person is there, or has left.
   *
   * @throws {ChatError} if they stay, with the reason.
   */
  async move(to: Destination, arrival: ArrivalOptions = {}): Promise<void> {
    if (this.#moving) {
      throw new ChatError("unavailable", `${describeMove(this.#moving)} is still under way`);
    }
    if (!this.#connected) throw new ChatError("unavailable", "There is no connection");
    this.#moving = to;
    try {
      // Every text must be answered first: nobody would learn of an answer after the move.
      await Promise.allSettled(this.#saying);
      if (this.#left || this.#ended) return;
      const left = this.#next = new AbortController();
      const { chat, transcript } = this.#here;
      const after = transcript.last;
      const moved = await chat.move({ ...(after && { after }), ...to, signal: left.signal });
      this.#arrive({ chat: moved, left, transcript: arrival.transcript ?? transcript });
      if (arrival.rewind !== undefined) this.#rewind(arrival.rewind);
    } catch (error) {
      if (this.#ended) this.#finish(this.#left ? undefined : error);
      else if (!this.#left) throw withoutAddress(error);
    } finally {
      this.#moving = undefined;
      this.#next = undefined;
    }
  }

  async #follow(location: Location): Promise<void> {
    try {
      const events = batches(location.chat.events(), {
        isUrgent: ({ type }) => !PRESENCE.includes(type),
        maxDelayMs: PRESENCE_DELAY_MS,
      });
      for await (const batch of events) if (location === this.#here) this.#handle(batch);
      this.#end(location);
    } catch (error) {
      this.#end(location, error);
    }
  }

  #handle(events: readonly ChatEvent[]): void {
    for (const { type } of events) {
      if (type === "connected") this.#connected = true;
      if (type === "disconnected") this.#connected = false;
    }
    const { rows, bell } = this.#here.transcript.add(events);
    this.#show(rows, bell);
  }

  /** The events of a location have ended: with an error, or because it was left. */
  #end(location: Location, error?: unknown): void {
    if (location !== this.#here) return;
    this.#ended = true;
    // The server ends this session when it admits the next one: the move decides.
    if (!this.#next) this.#finish(error);
  }

  #finish(error: unknown): void {
    if (error === undefined) this.#finished.resolve();
    else this.#finished.reject(error);
  }

  #arrive(location: Location): void {
    const { left } = this.#here;
    this.#here = location;
    this.#ended = false;
    left.abort();
    void this.#follow(location);
  }

  #rewind(row: Row): void {
    this.#here.transcript.rewind();
    this.#show([row]);
  }
}

/** Removes the server's address from an error: the person knows which server this is. */
function withoutAddress(error: unknown): unknown {
  return error instanceof ChatError && error.cause instanceof ChatError ? error.cause : error;
}

function describeMove({ name, room }: Destination): string {
  if (room !== undefined) return `The move to room "${room}"`;
  return name === undefined ? "The move back in the history" : `The change of name to "${name}"`;
}
