import { LOBBY } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { isOwnAction, type ModerationCommand } from "../../room/moderation.ts";
import { checkName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import type { Chat, ChatEvent, LeaveOptions, MoveOptions, SayOptions } from "../chat.ts";
import { startingWith } from "../net/attempts.ts";
import { sleep } from "../net/backoff.ts";
import { GrpcConnection } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";
import { Backlog } from "./backlog.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { Departure } from "./departure.ts";
import { OwnNotes } from "./own_notes.ts";
import { Replay } from "./replay.ts";

/** The options for joining over the original contract. */
export interface OriginalChatOptions extends Omit<ConnectOptions, "startedAt"> {
  /** The encryption. Undefined means plaintext, and false means that plaintext was requested. */
  readonly tls: TlsOptions | false | undefined;
  /** The name to speak under; empty to read only. */
  readonly name: string;
}

/** The values for one join, which a move does not pass on. */
export interface OriginalJoin {
  /** When the time for the first connection began, by `performance.now()`. Default: now. */
  readonly startedAt?: number;
  /** The chat whose place the new one takes once it is connected. Default: none. */
  readonly previous?: OriginalChat;
}

/** A chat over the original contract's two calls, `ChatStream` and `SendNote`. */
export class OriginalChat implements Chat {
  readonly #options: OriginalChatOptions;
  readonly #replay: Replay;
  readonly #own: OwnNotes;
  /** Aborted when another chat replaces this one and continues its memory of the notes shown. */
  readonly #replaced = new AbortController();
  /** The server of the latest attempt to connect. */
  #address = "";
  /** Resolves with the current connection; pending while there is none. */
  #up = Promise.withResolvers<GrpcConnection>();
  /** Settles when the last note has been answered. */
  #last: Promise<void> = Promise.resolve();

  readonly #departure = new Departure({
    stopReading: () => this.#backlog.stop(),
    answered: () => this.#last,
  });
  /** Aborted when this chat is left, in whichever way. */
  readonly #left: AbortSignal;
  readonly #backlog = new Backlog();
  /** The chat whose place this one takes once it is connected. */
  #previous: OriginalChat | undefined;

  /** The events, from the first connection on. */
  #events!: AsyncIterable<ChatEvent>;

  private constructor(options: OriginalChatOptions, previous?: OriginalChat) {
    this.#options = options;
    this.#left = AbortSignal.any([options.signal, this.#departure.signal]);
    this.#replay = previous ? previous.#replay : new Replay();
    this.#own = previous ? previous.#own : new OwnNotes(false); // This contract has no keys.
    this.#own.add(options.name);
    this.#previous = previous;
  }

  /**
   * Joins the one room.
   *
   * @throws like {@linkcode connect}.
   */
  static async join(
    options: OriginalChatOptions,
    { startedAt, previous }: OriginalJoin = {},
  ): Promise<OriginalChat> {
    const chat = new OriginalChat(options, previous);
    const signal = AbortSignal.any([options.signal, chat.#replaced.signal]);
    const attempt = (address: string, signal: AbortSignal) => chat.#attempt(address, signal);
    const connecting = { ...options, startedAt, signal };
    chat.#events = await connect(attempt, chat.#backlog, chat.#departure, connecting);
    return chat;
  }

  events(): AsyncIterable<ChatEvent> {
    return this.#events;
  }

  async say(
    message: string,
    { to = "", kind = to === "" ? "said" : "whisper" }: SayOptions = {},
  ): Promise<undefined> {
    if (kind !== "said") {
      throw unsupported(`it has no ${kind === "whisper" ? "private notes" : "actions"}`);
    }
    if (this.#options.name === "") {
      throw new ChatError("invalid", "A chat without a name only reads");
    }
    const { refusal } = this.#departure;
    if (refusal) throw refusal;
    // One at a time: the server may handle concurrent calls in any order.
    const said = this.#last.then(() => this.#send(message));
    this.#last = said.catch(() => {});
    await said;
  }

  leave(options?: LeaveOptions): Promise<void> {
    return this.#departure.leave(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  rooms(): Promise<RoomList> {
    return Promise.reject(unsupported("it has one room"));
  }

  setTopic(): Promise<never> {
    return Promise.reject(unsupported("it keeps no topics"));
  }

  order({ action }: ModerationCommand): Promise<never> {
    const what = isOwnAction(action) ? "keys" : "operators";
    return Promise.reject(unsupported(`it knows no ${what}`));
  }

  open(): Promise<never> {
    return Promise.reject(unsupported("it has one room"));
  }

  // deno-lint-ignore require-yield -- it finds nothing
  async *search(): AsyncGenerator<never, never> {
    throw unsupported("it cannot search");
  }

  async move(to: MoveOptions): Promise<Chat> {
    const { name = this.#options.name, room = LOBBY, last, signal } = to;
    if (room !== LOBBY) throw unsupported("it has one room");
    if (last !== undefined) throw unsupported("it cannot go back in its history");
    checkName(name);
    const addresses = startingWith(this.#address, this.#options.addresses);
    const options = { ...this.#options, addresses, name, signal, onRetry: undefined };
    return await OriginalChat.join(options, { previous: this });
  }

  /**
   * Ends this chat, in the turn in which another one takes its place: two streams at once would
   * confuse the memory of the shown notes. The other one shows what has not been read here.
   */
  #giveWay(): void {
    this.#replaced.abort();
    const unread = this.#backlog.clear().filter(({ type }) => type === "notes");
    this.#replay.forget(unread.length); // Each of these events has one note.
  }

  async #send(message: string): Promise<void> {
    const { name, timeoutMs } = this.#options;
    const signal = this.#left;
    const askedAt = performance.now();
    const answered = new AbortController();
    const waited = sleep(timeoutMs, AbortSignal.any([signal, answered.signal]));
    const connection = await Promise.race([this.#up.promise, waited]);
    answered.abort();
    if (signal.aborted) throw new ChatError("unavailable", "Left before the server had answered");
    if (!connection) throw new ChatError("timeout", "There is no connection");
    await connection.send({ name, message }, timeoutMs - (performance.now() - askedAt));
  }

  async *#attempt(address: string, signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const { name, tls } = this.#options;
    this.#address = address;
    const connection = new GrpcConnection(address, { tls });
    let up = false;
    try {
      const notes = connection.notes(signal);
      // An idle server sends nothing, and a missing one fails the call: the first to settle decides.
      let next = notes.next();
      next.catch(() => {}); // Awaited below, if we get there.
      await Promise.race([connection.ready(), next]);
      if (signal.aborted) return;
      up = true;
      this.#up.resolve(connection);
      if (this.#previous) this.#previous.#giveWay();
      this.#previous = undefined;
      this.#replay.restart();
      yield { type: "connected", address, contract: "original", room: LOBBY, name, members: [] };
      for (let note = await next; !note.done && !signal.aborted; note = await next) {
        const { name: author, message } = note.value;
        if (!this.#replay.repeats(note.value)) {
          const note = { name: author, message, kind: "said" } as const;
          const own = this.#own.has(note);
          yield { type: "notes", notes: [{ ...note, ...(own && { own }) }] };
        }
        if (this.#backlog.isFull) await this.#backlog.ready(signal);
        next = notes.next();
      }
    } finally {
      if (up) this.#up = Promise.withResolvers(); // Callers still wait for a pending one.
      connection.close();
    }
  }
}

function unsupported(what: string): ChatError {
  return new ChatError("unsupported", `This server speaks the original contract: ${what}`);
}
