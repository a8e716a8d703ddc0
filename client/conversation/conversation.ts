import { ChatError } from "../../room/errors.ts";
import type { Chat, ChatEvent, MoveOptions, SayOptions } from "../chat.ts";
import type { Row } from "../render/row.ts";
import { batches } from "./batches.ts";
import { Correspondence } from "./correspondence.ts";
import { Missed } from "./missed.ts";
import { PendingNotes } from "./pending_notes.ts";
import type { News, Transcript } from "./transcript.ts";

/** A chat that the person is or was in. */
export interface Location {
  /** The chat. */
  readonly chat: Chat;
  /** Leaves it when aborted. */
  readonly left: AbortController;
}

/** An open room. */
export interface ConversationOptions {
  /** The chat there. */
  readonly location: Location;
  /** The room as the person has spelled it. */
  readonly room: string;
  /** The notes that they have read there. */
  readonly transcript: Transcript;
  /** Called when typed lines go to another person. */
  readonly onRecipient?: () => void;
  /** Called with what happens. */
  readonly onNews: (news: News) => void;
}

/** The change that a move makes. */
type Destination = Pick<MoveOptions, "name" | "last">;

/**
 * The longest delay of joins and leaves, in milliseconds. They come in bursts, as when a server
 * restarts, and a burst is one line. A connection and the notes that it brings at once wait for each
 * other, so that those that are new can be counted.
 */
const MAX_DELAY_MS = 250;

const PRESENCE: readonly ChatEvent["type"][] = ["joined", "left", "renamed", "members"];

/** A person's conversation in an open room, in one chat after another. */
export class Conversation {
  readonly #options: ConversationOptions;
  /** What has happened since the person looked at another room. */
  readonly missed: Missed = new Missed();
  /** The recipient of typed lines there. */
  readonly correspondence: Correspondence;
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
  readonly #arrived = Promise.withResolvers<void>();
  /** Settles when the person has left, or cannot stay. */
  readonly #finished = Promise.withResolvers<void>();

  /** Makes a conversation that starts once it runs. */
  constructor(options: ConversationOptions) {
    const { location, transcript, onRecipient = () => {} } = options;
    this.#options = options;
    this.#here = location;
    this.correspondence = new Correspondence(onRecipient, () => transcript);
  }

  /** The chat of the person. */
  get chat(): Chat {
    return this.#here.chat;
  }

  /** The notes that they have read. */
  get transcript(): Transcript {
    return this.#options.transcript;
  }

  /** The room as the server spells it, or as the person does before the server has answered. */
  get room(): string {
    return this.transcript.room ?? this.#options.room;
  }

  /** Resolves with the first connection that is shown. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
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
   * Changes the person's name, or goes back in the history. Resolves when that is done, or the
   * person has left.
   *
   * @param rewind A row to show before notes that were shown before, and are shown again.
   * @throws {ChatError} if they stay, with the reason.
   */
  async move(to: Destination, rewind?: Row): Promise<void> {
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
      const after = this.transcript.last;
      const moved = await this.chat.move({ ...(after && { after }), ...to, signal: left.signal });
      this.#arrive({ chat: moved, left });
      if (rewind !== undefined) this.#rewind(rewind);
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
      const pending = new PendingNotes();
      const events = batches(location.chat.events(), {
        isUrgent: (event) => !pending.continueAfter(event) && !PRESENCE.includes(event.type),
        maxDelayMs: MAX_DELAY_MS,
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
    this.#options.onNews(this.transcript.add(events));
    this.correspondence.update(); // They may have other names now.
    if (this.#connected) this.#arrived.resolve();
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
    this.transcript.rewind();
    const rows = [row];
    this.#options.onNews({
      ...{ rows, all: rows, bell: false, fresh: [], presence: [], hidden: new Map() },
    });
  }
}

/** Removes the server's address from an error: the person knows which server this is. */
export function withoutAddress(error: unknown): unknown {
  return error instanceof ChatError && error.cause instanceof ChatError ? error.cause : error;
}

function describeMove({ name }: Destination): string {
  return name === undefined ? "The move back in the history" : `The change of name to "${name}"`;
}
