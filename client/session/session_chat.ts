import { toWireKind } from "../../proto/enums.ts";
import type { PositionMessage } from "../../proto/messages.ts";
import { ChatError } from "../../room/errors.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import { checkName, isSameName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import { checkNumber } from "../../text/check_number.ts";
import type {
  Chat,
  ChatEvent,
  LeaveOptions,
  ModerationResult,
  MoveOptions,
  OpenOptions,
  SayOptions,
  SearchEnd,
  SearchOptions,
  ShownNote,
} from "../chat.ts";
import { startingWith } from "../net/attempts.ts";
import { afterTurn } from "./after_turn.ts";
import { Backlog } from "./backlog.ts";
import { checkPosition } from "./check_position.ts";
import { type Client, newClient } from "./client.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { Departure } from "./departure.ts";
import { Incoming, type Start } from "./incoming.ts";
import { LAST_BOUNDS, POSITION_BOUNDS } from "./number_bounds.ts";
import { Outbox } from "./outbox.ts";
import { Requests } from "./requests.ts";
import { type SessionOptions, Sessions } from "./sessions.ts";

/** The options for joining with a session. */
export interface SessionChatOptions extends ConnectOptions, SessionOptions {
  /** The start in the room. */
  readonly start: Start;
  /** The part of the usual bounds on what is received ahead. Default: all of them. */
  readonly share?: number | undefined;
  /** True to send rate-limited texts again when it is time. Default: they are refused. */
  readonly pace?: boolean;
}

/**
 * A chat over sessions. Texts are kept until the server has answered them, and a lost connection
 * is replaced by another one: each note is posted once, and shown once.
 */
export class SessionChat implements Chat {
  readonly #options: SessionChatOptions;
  readonly #client: Client;
  readonly #outbox: Outbox;
  readonly #departure = new Departure({
    stopReading: () => this.#backlog.stop(),
    answered: () => this.#outbox.settled(),
    onEnd: (error) => this.#close(error),
  });
  /** True from the first text of a turn of the event loop until all texts of that turn are sent. */
  #sending = false;
  readonly #requests = new Requests({
    send: (request) => this.#sessions.send(request),
    onAwaited: () => this.#backlog.wakeForAnswer(),
  });
  readonly #incoming: Incoming;
  readonly #backlog: Backlog;
  readonly #sessions: Sessions;
  /** Aborted when `untilNow` is set and everything has been read. */
  readonly #finished = new AbortController();

  /** The events, from the first connection on. */
  #events!: AsyncIterable<ChatEvent>;

  private constructor(options: SessionChatOptions, client: Client, seen?: PositionMessage) {
    this.#options = options;
    this.#client = client;
    this.#incoming = new Incoming(options.start, client.own, seen);
    this.#outbox = new Outbox({ pace: options.pace, onReady: () => this.#flushAfterTurn() });
    this.#backlog = new Backlog({
      onRead: (event) => this.#incoming.markRead(event),
      isAnswerAwaited: () => this.#outbox.isAnswerAwaited || !this.#requests.isEmpty,
      share: options.share,
    });
    this.#sessions = new Sessions({
      ...{ options, client, outbox: this.#outbox, requests: this.#requests },
      ...{ incoming: this.#incoming, backlog: this.#backlog },
      isNewest: () => client.newest === this,
      onFinished: () => this.#finished.abort(),
    });
  }

  /**
   * Joins a room.
   *
   * @param seen The last note that it has shown. Default: `start` says where to start.
   * @param client The client that joins. Default: a new one.
   * @throws {ChatError} `unsupported`, if the server has no sessions; and like {@linkcode connect}.
   */
  static async join(
    options: SessionChatOptions,
    seen?: PositionMessage,
    client: Client = newClient(options.identity !== undefined),
  ): Promise<SessionChat> {
    const chat = new SessionChat(options, client, seen);
    const signal = AbortSignal.any([options.signal, chat.#finished.signal]);
    const before = client.newest;
    client.newest = chat;
    try {
      chat.#events = await connect(
        (address, signal) => chat.#sessions.attempt(address, signal),
        chat.#backlog,
        chat.#departure,
        { ...options, signal },
      );
    } catch (error) {
      client.newest = before;
      throw error;
    }
    return chat;
  }

  #close(error: unknown): void {
    const words = error instanceof ChatError
      ? `The chat ended before the server had answered: ${error.message}`
      : "Left before the server had answered";
    this.#outbox.close(new ChatError("unavailable", words, { cause: error }));
  }

  events(): AsyncIterable<ChatEvent> {
    return this.#events;
  }

  say(
    message: string,
    { to = "", kind = to === "" ? "said" : "whisper" }: SayOptions = {},
  ): Promise<number> {
    const { refusal } = this.#departure;
    if (refusal) return Promise.reject(refusal);
    const said = this.#outbox.add({ message, kind: toWireKind(kind), to });
    this.#flushAfterTurn();
    return said;
  }

  leave(options?: LeaveOptions): Promise<void> {
    return this.#departure.leave(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  async rooms(): Promise<RoomList> {
    return await this.#requests.rooms();
  }

  setTopic(text: string): Promise<void> {
    return this.#requests.setTopic(text);
  }

  order(command: ModerationCommand): Promise<ModerationResult> {
    return this.#requests.order(command);
  }

  search(options: SearchOptions): AsyncGenerator<ShownNote, SearchEnd, void> {
    return this.#requests.search(options, this.#client.own);
  }

  async move(to: MoveOptions): Promise<Chat> {
    const { name = this.#options.name, room = this.#options.room, last, signal } = to;
    if (name !== "" || !this.#options.unlisted) checkName(name); // As in join().
    checkName(room, "Room");
    if (to.after) checkNumber("after.seq", to.after.seq, POSITION_BOUNDS);
    const start = toStart(last);
    const stays = last === undefined && isSameName(room, this.#options.room);
    const addresses = startingWith(this.#sessions.address, this.#options.addresses);
    // The same client, so that the server knows which session the new one replaces.
    return await SessionChat.join(
      { ...this.#options, addresses, name, room, start, signal, onRetry: undefined },
      stays ? to.after ?? this.#incoming.read : undefined,
      this.#client,
    );
  }

  async open(
    { room, last, after, signal = new AbortController().signal }: OpenOptions,
  ): Promise<Chat> {
    checkName(room, "Room");
    if (after) checkPosition(after);
    const start = toStart(last);
    const addresses = startingWith(this.#sessions.address, this.#options.addresses);
    return await SessionChat.join(
      { ...this.#options, addresses, room, start, signal, onRetry: undefined },
      after,
    );
  }

  #flushAfterTurn(): void {
    if (!this.#sending) {
      this.#sending = true;
      afterTurn(() => {
        this.#sending = false;
        this.#sessions.flush();
      });
    }
    this.#backlog.wakeForAnswer();
  }
}

/** Starts with the newest `last` notes, or by default with the oldest one. */
function toStart(last: number | undefined): Start {
  return last === undefined ? {} : { last: checkNumber("last", last, LAST_BOUNDS) };
}
