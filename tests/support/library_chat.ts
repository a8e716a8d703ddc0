/**
 * A chat of the library, in the tests' own process.
 *
 * @module
 */

import type { ModerationResult, MoveOptions, SayOptions } from "../../client/chat.ts";
import { type Chat, type ChatEvent, join, type JoinOptions } from "../../mod.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import type { RoomList } from "../../room/room_list.ts";

/** A chat whose events are gathered, left when it is disposed. */
export class LibraryChat implements AsyncDisposable {
  /** What was said; lost notes and whispers are marked. */
  readonly heard: string[] = [];
  /** What else happened. */
  readonly happened: string[] = [];
  /** Why it was not connected, each time. */
  readonly reasons: string[] = [];
  /** Settles when the events have ended. */
  readonly ended: Promise<void>;
  readonly #left = new AbortController();
  readonly #chat: Promise<Chat>;
  #wake: () => void = () => {};

  /** Reads the chat that `open` joins, which passes on why it is not connected yet. */
  constructor(
    open: (signal: AbortSignal, onRetry: (event: ChatEvent) => void) => Promise<Chat>,
  ) {
    this.#chat = open(this.#left.signal, (event) => this.#record(event));
    this.ended = this.#read();
    this.ended.catch(() => {}); // Whoever wants to know awaits it.
  }

  async #read(): Promise<void> {
    for await (const event of (await this.#chat).events()) this.#record(event);
  }

  #record(event: ChatEvent): void {
    if (event.type === "notes") {
      for (const { message, to } of event.notes) {
        this.heard.push(to ? `→${to} ${message}` : message);
      }
    } else if (event.type === "lost") this.heard.push(`(${event.count} lost)`);
    else if (event.type === "joined") this.happened.push(`+${event.name}`);
    else if (event.type === "left") this.happened.push(`-${event.name} ${event.reason}`);
    else if (event.type === "renamed") this.happened.push(`${event.was}>${event.name}`);
    else {
      if (event.type === "disconnected") this.reasons.push(event.reason);
      this.happened.push(event.type);
    }
    this.#wake();
  }

  async say(message: string, manner?: SayOptions): Promise<number | undefined> {
    return await (await this.#chat).say(message, manner);
  }

  async rooms(): Promise<RoomList> {
    return await (await this.#chat).rooms();
  }

  async order(command: ModerationCommand): Promise<ModerationResult> {
    return await (await this.#chat).order(command);
  }

  /** Goes on somewhere else; this one is still there until that is connected. */
  async move(to: Omit<MoveOptions, "signal">): Promise<LibraryChat> {
    const chat = await this.#chat;
    return new LibraryChat((signal) => chat.move({ ...to, signal }));
  }

  /** Waits until what it heard and saw is as `enough` wants it. */
  async until(enough: (chat: LibraryChat) => boolean): Promise<void> {
    while (!enough(this)) await new Promise<void>((wake) => this.#wake = wake);
  }

  leave(): void {
    this.#left.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    await this.ended.catch(() => {});
  }
}

/** Joins `address` under `name`; without a name it only reads. */
export function joinLibraryChat(
  name: string,
  address: string,
  options: Omit<JoinOptions, "name" | "address" | "signal"> = {},
): LibraryChat {
  const named = name === "" ? {} : { name };
  return new LibraryChat((signal, onRetry) =>
    join({ ...named, address, timeoutMs: 60_000, onRetry, signal, ...options })
  );
}
