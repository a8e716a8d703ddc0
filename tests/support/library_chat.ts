/**
 * A chat through the library, in the tests' own process.
 *
 * @module
 */

import type {
  ModerationResult,
  MoveOptions,
  SayOptions,
  SearchEnd,
  SearchOptions,
} from "../../client/chat.ts";
import { type Chat, type ChatEvent, join, type JoinOptions } from "../../mod.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import type { RoomList } from "../../room/room_list.ts";
import type { Topic } from "../../room/topic.ts";

/** A chat that collects its events. Leaves when disposed. */
export class LibraryChat implements AsyncDisposable {
  /** The notes. Lost notes and private notes are marked. */
  readonly heard: string[] = [];
  /** All other events. */
  readonly happened: string[] = [];
  /** The reason of each disconnection. */
  readonly reasons: string[] = [];
  /** The wait after each disconnection, in milliseconds, and the address that follows. */
  readonly retries: { readonly retryMs: number; readonly next: string }[] = [];
  /** The topic of the room, at each connection and after each change. */
  readonly topics: (Topic | undefined)[] = [];
  /** The address of each connection. */
  readonly servers: string[] = [];
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
    this.ended.catch(() => {}); // A test that needs it awaits it.
  }

  async #read(): Promise<void> {
    for await (const event of (await this.#chat).events()) this.#record(event);
  }

  #record(event: ChatEvent): void {
    if (event.type === "connected" || event.type === "topic") this.topics.push(event.topic);
    if (event.type === "notes") {
      for (const { message, to } of event.notes) {
        this.heard.push(to ? `→${to} ${message}` : message);
      }
    } else if (event.type === "lost") this.heard.push(`(${event.count} lost)`);
    else if (event.type === "joined") this.happened.push(`+${event.name}`);
    else if (event.type === "left") this.happened.push(`-${event.name} ${event.reason}`);
    else if (event.type === "renamed") this.happened.push(`${event.was}>${event.name}`);
    else if (event.type === "muted") {
      this.happened.push(`muted by ${event.by} for ${event.spanMs} ms: ${event.reason}`);
    } else {
      if (event.type === "connected") this.servers.push(event.address);
      if (event.type === "disconnected") {
        const { reason, retryMs, next } = event;
        this.reasons.push(reason);
        this.retries.push({ retryMs, next });
      }
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

  /** The messages of the notes that a search finds, and its end. */
  async search(options: SearchOptions): Promise<{ found: string[] } & SearchEnd> {
    const search = (await this.#chat).search(options);
    const found: string[] = [];
    let next = await search.next();
    for (; !next.done; next = await search.next()) found.push(next.value.message);
    return { found, ...next.value };
  }

  async setTopic(text: string): Promise<void> {
    await (await this.#chat).setTopic(text);
  }

  async order(command: ModerationCommand): Promise<ModerationResult> {
    return await (await this.#chat).order(command);
  }

  /** Moves to another chat. The old one stays until the new one is connected. */
  async move(to: Omit<MoveOptions, "signal">): Promise<LibraryChat> {
    const chat = await this.#chat;
    return new LibraryChat((signal) => chat.move({ ...to, signal }));
  }

  /** Waits until the collected events satisfy `enough`. */
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

/** Joins `address` under `name`. Without a name it only reads. */
export function joinLibraryChat(
  name: string,
  address: string | readonly string[],
  options: Omit<JoinOptions, "name" | "address" | "signal"> = {},
): LibraryChat {
  const named = name === "" ? {} : { name };
  return new LibraryChat((signal, onRetry) =>
    join({ ...named, address, timeoutMs: 60_000, onRetry, signal, ...options })
  );
}

/** Like {@linkcode joinLibraryChat}, and waits until it is connected or refused. */
export async function enter(...args: Parameters<typeof joinLibraryChat>): Promise<LibraryChat> {
  const joined = joinLibraryChat(...args);
  await Promise.race([
    joined.until(({ happened }) => happened.includes("connected")),
    joined.ended,
  ]);
  return joined;
}
