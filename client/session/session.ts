import { toWireAction, toWireKind } from "../../proto/enums.ts";
import type { ProvenJoin } from "../../proto/identity/proof.ts";
import type { JoinInit, OutcomeMessage, PositionMessage, ServerFrame } from "../../proto/mod.ts";
import { fromWireSanction } from "../../proto/sanction.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import { checkName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import { checkNumber } from "../../text/check_number.ts";
import type { Chat, ChatEvent, ModerationResult, MoveOptions, SayOptions } from "../chat.ts";
import { LONGEST_MS, sleep } from "../net/backoff.ts";
import { GrpcConnection, type SessionCall } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";
import type { Identity } from "../profile/identity.ts";
import { Backlog } from "./backlog.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { LAST, POSITION } from "./number_bounds.ts";
import { Outbox } from "./outbox.ts";
import { PendingAnswers } from "./pending_answers.ts";
import { Prover } from "./prove.ts";
import {
  checkFrame,
  hasEvents,
  toError,
  toEvent,
  toMuteEvent,
  toRefusal,
  toShownNote,
  withoutEvents,
} from "./server_frame.ts";

/** The start in a room; with nothing set, its oldest note. */
export type Start = Pick<JoinInit, "last" | "from" | "since" | "ago_ms">;

/** The options for joining with a session. */
export interface SessionChatOptions extends ConnectOptions {
  /** The encryption. Undefined means plaintext, and false means that plaintext was requested. */
  readonly tls: TlsOptions | false | undefined;
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
  readonly identity: Identity | undefined;
  /** The password, for a server that requires one. */
  readonly password: string | undefined;
  /** Called with the id of a server without TLS, before anything is proven to it. */
  readonly meet: ((server: Uint8Array) => Promise<void>) | undefined;
  /** True to end after the newest note at the time of connecting. */
  readonly untilNow: boolean;
  /** The silence of the server before the client asks for a sign of life, in milliseconds. */
  readonly keepaliveMs: number;
}

/** A client, as the server recognizes it. All chats that replace one another are one client. */
interface Client {
  /** A secret that shows the server that two sessions are of the same client. */
  readonly secret: string;
  /** The number of times that it has joined. */
  attempts: number;
}

/** The wait for the server's last answers when leaving, in milliseconds. */
const LEAVE_TIMEOUT_MS = 1_000;

/**
 * A chat over sessions. Texts are kept until the server has answered them, and a lost connection
 * is replaced by another one: each note is posted once, and shown once.
 */
export class SessionChat implements Chat {
  readonly #options: SessionChatOptions;
  readonly #client: Client;
  readonly #outbox = new Outbox();
  /** True from the first text of a turn of the event loop until all texts of that turn are sent. */
  #sending = false;
  /** The requests on this session that the server has not answered. */
  readonly #roomAnswers = new PendingAnswers<RoomList>();
  readonly #moderationAnswers = new PendingAnswers<OutcomeMessage>();
  /** The number of rate-limited posts on this session. Frames repeat it to the server. */
  #limited = 0;
  /** The current session; undefined while there is none. */
  #call: SessionCall | undefined;
  /** Whether the server reports who is verified, and whether it answers commands of operators. */
  #identities = false;
  #canModerate = false;
  /**
   * The newest note when we joined, until the first note arrives: notes up to there that are lost
   * are earlier ones. 0 if the position to start at was known, so that they are missed.
   */
  #earlierThan = 0;
  /** The last note received; unknown before the first welcome. */
  #received: PositionMessage | undefined;
  /** The last note received when an event was, and the one when the last event was read. */
  readonly #positions = new WeakMap<ChatEvent, PositionMessage>();
  #read: PositionMessage | undefined;
  readonly #backlog = new Backlog({
    onRead: (event) => this.#read = this.#positions.get(event) ?? this.#read,
    isAnswerAwaited: () =>
      [this.#outbox, this.#roomAnswers, this.#moderationAnswers].some(({ isEmpty }) => !isEmpty),
  });
  /** Aborted when `untilNow` is set and everything has been read. */
  readonly #finished = new AbortController();

  /** The events, from the first connection on. */
  #events!: AsyncIterable<ChatEvent>;

  private constructor(options: SessionChatOptions, client: Client, seen?: PositionMessage) {
    this.#options = options;
    this.#client = client;
    this.#received = seen;
  }

  /**
   * Joins a room.
   *
   * @param client The client that joins. Default: a new one.
   * @param seen The last note that it has shown. Default: `start` says where to start.
   * @throws {ChatError} `unsupported`, if the server has no sessions; and like {@linkcode connect}.
   */
  static async join(
    options: SessionChatOptions,
    client: Client = { secret: crypto.randomUUID(), attempts: 0 },
    seen?: PositionMessage,
  ): Promise<SessionChat> {
    const chat = new SessionChat(options, client, seen);
    const signal = AbortSignal.any([options.signal, chat.#finished.signal]);
    chat.#events = await connect(
      (signal) => chat.#attempt(signal),
      chat.#backlog,
      { ...options, signal },
      (error) => chat.#close(error),
    );
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

  say(message: string, { kind = "said", to = "" }: SayOptions = {}): Promise<number> {
    const said = this.#outbox.add({ message, kind: toWireKind(kind), to });
    if (!this.#sending) {
      this.#sending = true;
      setImmediate(() => {
        this.#sending = false;
        this.#flush();
      });
    }
    this.#backlog.wakeForAnswer();
    return said;
  }

  async rooms(): Promise<RoomList> {
    if (!this.#call) throw new ChatError("unavailable", "There is no connection");
    this.#call.send({ list_rooms: true });
    const answer = this.#roomAnswers.ask();
    this.#backlog.wakeForAnswer();
    return await answer;
  }

  async order(
    { action, name, spanMs = 0, reason = "" }: ModerationCommand,
  ): Promise<ModerationResult> {
    if (!this.#call) throw new ChatError("unavailable", "There is no connection");
    checkNumber("spanMs", spanMs, POSITION);
    if (!this.#canModerate) throw new ChatError("unsupported", "This server knows no operators");
    this.#call.send({ orders: [{ action: toWireAction(action), name, span_ms: spanMs, reason }] });
    const answer = this.#moderationAnswers.ask();
    this.#backlog.wakeForAnswer();
    const { code, words, sanctions, figures, names } = await answer;
    if (code !== 0) throw new ChatError(fromStatus(code) ?? "unavailable", words);
    return { words, sanctions: sanctions.map(fromWireSanction), stats: figures, names };
  }

  async move(to: MoveOptions): Promise<Chat> {
    const { name = this.#options.name, room = this.#options.room, last, signal } = to;
    checkName(name);
    checkName(room, "Room");
    if (last !== undefined) checkNumber("last", last, LAST);
    if (to.after) checkNumber("after.seq", to.after.seq, POSITION);
    const start = last === undefined ? {} : { last };
    const stays = last === undefined && room === this.#options.room;
    // The same client, so that the server knows which session the new one replaces.
    return await SessionChat.join(
      { ...this.#options, name, room, start, signal, onRetry: undefined },
      this.#client,
      stays ? to.after ?? this.#read : undefined,
    );
  }

  /** Sends what has not been sent on this session. */
  #flush(): void {
    if (!this.#call) return;
    const refusals = this.#limited;
    for (const posts of this.#outbox.unsent()) this.#call.send({ posts, refusals });
  }

  async *#attempt(leave: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const { address, keepaliveMs, tls } = this.#options;
    const connection = new GrpcConnection(address, { keepaliveMs, tls });
    const cut = new AbortController();
    const call = connection.session(cut.signal);
    const leaveGently = () => {
      // The server has not let us in yet: there is no answer to wait for.
      if (!this.#call) return cut.abort();
      this.#flush();
      this.#call = undefined; // Later texts are not sent any more.
      call.end();
      void sleep(LEAVE_TIMEOUT_MS, cut.signal).then(() => cut.abort());
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
          void this.#backlog.drained().then(() => cut.abort());
        }
        yield* this.#handle(isBehind ? withoutEvents(frame) : frame, call);
        if (this.#backlog.isFull) await this.#backlog.ready(leave);
      }
      if (isBehind) throw new ChatError("unavailable", "its notes were not read in time");
      // The server has sent everything, unless we have left.
      if (this.#options.untilNow && welcomed && !leave.aborted) this.#finished.abort();
    } finally {
      leave.removeEventListener("abort", leaveGently);
      cut.abort();
      this.#call = undefined;
      const gone = new ChatError("unavailable", "The connection is gone");
      this.#roomAnswers.close(gone);
      this.#moderationAnswers.close(gone);
      connection.close();
    }
  }

  #join(): JoinInit & ProvenJoin {
    const { name, room, start, unlisted, wait, identity } = this.#options;
    const from = this.#received ? { after: this.#received } : start;
    const { secret: client, attempts: attempt } = this.#client;
    this.#client.attempts++;
    const key = identity && { key: identity.publicKey };
    return { name, room, client, attempt, unlisted, wait, ...key, ...from };
  }

  *#handle(frame: ServerFrame, call: SessionCall): Generator<ChatEvent, void> {
    const { welcome, lost, notes, acks, refusals, changes } = frame;
    const { roster, goodbye, rooms, outcomes, mutes } = frame;
    if (welcome) {
      const { room, name, identities, orders, next, awaited } = welcome;
      const [head, { people: members }] = [welcome.head!, welcome.roster!]; // See checkFrame().
      const hasPosition = this.#received !== undefined || this.#options.start.from !== undefined;
      this.#earlierThan = hasPosition ? 0 : head.seq;
      this.#received = { history: head.history, seq: next - 1 };
      // Unanswered posts are sent before new ones, and so before anybody learns that we are
      // connected again.
      this.#outbox.restart(welcome.max_note_bytes);
      this.#limited = 0;
      this.#call = call;
      this.#flush();
      // A server that knows that there is nothing to come sends the notes so far, and ends the call.
      if (this.#options.untilNow) call.end();
      this.#identities = identities;
      this.#canModerate = orders;
      const pending = welcome.pending !== undefined &&
        { pending: { from: next, count: welcome.pending } };
      const rights = welcome.operator !== undefined && { operator: welcome.operator };
      yield this.#mark({
        type: "connected",
        contract: "session",
        ...{ room, name, head, members, ...pending, ...(awaited && { awaited }), ...rights },
      });
    }
    for (const { id, seq } of acks) this.#outbox.accept(id, seq);
    for (const refusal of refusals) {
      const error = toRefusal(refusal);
      if (error.retryMs !== undefined) this.#limited++;
      this.#outbox.refuse(refusal.id, error);
    }
    if (lost > 0) {
      const earlier = this.#received!.seq < this.#earlierThan;
      yield { type: "lost", count: lost, ...(earlier && { earlier }) };
    }
    if (notes.length > 0) {
      this.#earlierThan = 0;
      this.#received = { history: this.#received!.history, seq: notes.at(-1)!.seq };
      const shown = notes.map((note) => toShownNote(note, this.#identities));
      yield this.#mark({ type: "notes", notes: shown });
    }
    for (const change of changes) yield toEvent(change);
    if (roster) yield { type: "members", members: roster.people };
    for (const mute of mutes) yield* toMuteEvent(mute);
    if (rooms) this.#roomAnswers.answer(rooms);
    for (const outcome of outcomes) this.#moderationAnswers.answer(outcome);
    if (goodbye) throw toError(goodbye);
  }

  /** Remembers the position at which an event was received. */
  #mark(event: ChatEvent): ChatEvent {
    this.#positions.set(event, this.#received!); // See #handle().
    return event;
  }
}
