import { toWireKind } from "../../proto/enums.ts";
import type { ProvenJoin } from "../../proto/identity/proof.ts";
import type {
  JoinInit,
  NoteMessage,
  PositionMessage,
  ServerFrame,
  WelcomeMessage,
} from "../../proto/messages.ts";
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
import { LONGEST_MS, sleep } from "../net/backoff.ts";
import { startingWith } from "../net/attempts.ts";
import { Restart } from "../net/reconnect.ts";
import type { Dial, SessionCall } from "../net/transport.ts";
import { afterTurn } from "./after_turn.ts";
import { Backlog } from "./backlog.ts";
import { checkPosition } from "./check_position.ts";
import { type Client, newClient } from "./client.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { Departure } from "./departure.ts";
import { Incoming, type Start } from "./incoming.ts";
import { LAST_BOUNDS, POSITION_BOUNDS } from "./number_bounds.ts";
import { Outbox } from "./outbox.ts";
import { type ProofOptions, Prover, type Signer } from "./prover.ts";
import { Requests } from "./requests.ts";
import { checkFrame, hasEvents, toError, toRefusal, withoutEvents } from "./server_frame.ts";

/** The options for joining with a session. */
export interface SessionChatOptions extends ConnectOptions {
  /** Connects to a server. A module that a browser loads cannot import gRPC. */
  readonly dial: Dial;
  /** The name to speak under; empty to read only. */
  readonly name: string;
  /** The room. */
  readonly room: string;
  /** The start in the room. */
  readonly start: Start;
  /** True to be no member of the room. */
  readonly unlisted: boolean;
  /** True to wait for a room that does not exist, without a name. */
  readonly wait: boolean;
  /** The person's key; without one, they are not verified. */
  readonly identity: Signer | undefined;
  /** The password, for a server that requires one. */
  readonly password: string | undefined;
  /** Called with the id of a server without TLS, before anything is proven to it. */
  readonly meet: ProofOptions["meet"];
  /** True to end after the newest note at the time of connecting. */
  readonly untilNow: boolean;
  /** The part of the usual bounds on what is received ahead. Default: all of them. */
  readonly share?: number | undefined;
  /** True to send rate-limited texts again when it is time. Default: they are refused. */
  readonly pace?: boolean;
}

/** Why a connection ends that had notes for which there was no room. */
const UNREAD = "its notes were not read in time";

/** Why there is no session: because of an outage, or because we have cut it to begin another. */
const NO_SESSION = {
  disconnected: "There is no connection",
  restarting: `The chat is connecting again, because ${UNREAD}`,
};

/** The wait for the server's last answers once we disconnect, in milliseconds. */
const LAST_ANSWERS_MS = 1_000;

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
    send: (request) => {
      if (!this.#call) throw new ChatError("unavailable", this.#noSession);
      this.#call.send(request);
    },
    onAwaited: () => this.#backlog.wakeForAnswer(),
  });
  /** The number of rate-limited posts on this session. Frames repeat it to the server. */
  #limited = 0;
  /** The server of the latest attempt to connect. */
  #address = "";
  /** The current session; undefined while there is none. */
  #call: SessionCall | undefined;
  #noSession = NO_SESSION.disconnected;
  readonly #incoming: Incoming;
  readonly #backlog: Backlog;
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
        (address, signal) => chat.#attempt(address, signal),
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
    const addresses = startingWith(this.#address, this.#options.addresses);
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
    const addresses = startingWith(this.#address, this.#options.addresses);
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
        this.#flush();
      });
    }
    this.#backlog.wakeForAnswer();
  }

  /** Sends what has not been sent on this session, and may be. */
  #flush(): void {
    if (!this.#call) return;
    const refusals = this.#limited;
    for (const posts of this.#outbox.unsent()) this.#call.send({ posts, refusals });
  }

  async *#attempt(address: string, leave: AbortSignal): AsyncGenerator<ChatEvent, void> {
    this.#address = address;
    const connection = this.#options.dial(address);
    const cut = new AbortController();
    const call = connection.session(cut.signal);
    const leaveGently = () => {
      // The server has not let us in yet: there is no answer to wait for.
      if (!this.#call) return cut.abort();
      this.#flush();
      this.#call = undefined; // Later texts are not sent any more.
      call.end();
      void sleep(LAST_ANSWERS_MS, cut.signal).then(() => cut.abort());
    };
    leave.addEventListener("abort", leaveGently, { once: true });
    try {
      const join = this.#join();
      call.send({ join });
      if (leave.aborted) leaveGently();
      const prover = new Prover(connection, join, this.#options);
      let welcomed = false;
      let isBehind = false;
      for await (const frame of call.frames) {
        if (cut.signal.aborted) break; // The frame had arrived before.
        if (!welcomed && frame.challenge) {
          // Signing may ask a person, whose answer may never come.
          const left = sleep(LONGEST_MS, cut.signal);
          const proof = await Promise.race([prover.prove(frame.challenge), left]);
          if (proof && !cut.signal.aborted) call.send({ proof });
          continue;
        }
        checkFrame(frame, welcomed);
        welcomed = true;
        if (!isBehind && this.#backlog.isFull && hasEvents(frame)) {
          isBehind = true;
          void this.#backlog.drained().then(() => cut.abort(new Restart(UNREAD)));
        }
        if (frame.welcome) this.#begin(frame.welcome, call);
        this.#settlePosts(frame);
        yield* this.#incoming.events(isBehind ? withoutEvents(frame) : frame, address);
        // The loops keep the frame until the next one comes: a quiet chat must not keep its notes.
        (frame.notes as NoteMessage[]).length = 0;
        this.#requests.settle(frame);
        if (frame.goodbye) throw toError(frame.goodbye);
        if (this.#backlog.isFull) await this.#backlog.ready(leave);
      }
      if (cut.signal.reason instanceof Restart) throw cut.signal.reason;
      if (isBehind) throw new ChatError("unavailable", UNREAD);
      // The server has sent everything, unless we have left.
      if (this.#options.untilNow && welcomed && !leave.aborted) this.#finished.abort();
    } catch (error) {
      throw this.#client.newest === this ? withoutReplaced(error) : error;
    } finally {
      leave.removeEventListener("abort", leaveGently);
      cut.abort();
      this.#call = undefined;
      const restarts = cut.signal.reason instanceof Restart;
      this.#noSession = restarts ? NO_SESSION.restarting : NO_SESSION.disconnected;
      const words = restarts ? NO_SESSION.restarting : "The connection is gone";
      this.#requests.close(new ChatError("unavailable", words));
      connection.close();
    }
  }

  #join(): JoinInit & ProvenJoin {
    const { name, room, unlisted, wait, identity } = this.#options;
    const { secret: client, attempts: attempt } = this.#client;
    this.#client.attempts++;
    const key = identity && { key: identity.publicKey };
    return { name, room, client, attempt, unlisted, wait, ...key, ...this.#incoming.start };
  }

  /** Begins a session that has been let in. */
  #begin(welcome: WelcomeMessage, call: SessionCall): void {
    // Unanswered posts are sent before new ones, and so before anybody learns that we are
    // connected again.
    this.#outbox.restart(welcome.max_note_bytes);
    this.#limited = 0;
    this.#call = call;
    this.#requests.begin(welcome);
    this.#flush();
    // A server that knows that there is nothing to come sends the notes so far, and ends the call.
    if (this.#options.untilNow) call.end();
  }

  #settlePosts({ acks, refusals }: ServerFrame): void {
    for (const { id, seq } of acks) this.#outbox.accept(id, seq);
    for (const refusal of refusals) {
      const error = toRefusal(refusal);
      if (error.retryMs !== undefined) this.#limited++;
      this.#outbox.refuse(refusal.id, error);
    }
  }
}

/**
 * Makes the error of a chat that was replaced one after which it tries again: only a chat that was
 * made before it can have replaced it.
 */
function withoutReplaced(error: unknown): unknown {
  if (!(error instanceof ChatError && error.code === "replaced")) return error;
  return new ChatError("unavailable", error.message, { cause: error });
}

/** Starts with the newest `last` notes, or by default with the oldest one. */
function toStart(last: number | undefined): Start {
  return last === undefined ? {} : { last: checkNumber("last", last, LAST_BOUNDS) };
}
