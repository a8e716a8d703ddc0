import { toWireAction, toWireKind } from "../../proto/enums.ts";
import type { ProvenJoin } from "../../proto/identity/proof.ts";
import type {
  GoodbyeMessage,
  JoinInit,
  NoteMessage,
  OutcomeMessage,
  PositionMessage,
  RosterChangeMessage,
  ServerFrame,
} from "../../proto/mod.ts";
import { fromWireNote } from "../../proto/note.ts";
import { fromWireSanction } from "../../proto/sanction.ts";
import { fromStatus } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import { checkName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import type {
  Chat,
  ChatEvent,
  ModerationResult,
  MoveOptions,
  Person,
  SayOptions,
  ShownNote,
} from "../chat.ts";
import { sleep } from "../net/backoff.ts";
import { GrpcConnection, type SessionCall } from "../net/grpc.ts";
import type { TlsOptions } from "../net/tls.ts";
import type { Identity } from "../profile/identity.ts";
import { connect, type ConnectOptions } from "./connect.ts";
import { Outbox } from "./outbox.ts";
import { PendingAnswers } from "./pending_answers.ts";
import { Prover } from "./prove.ts";

/** Where to start in a room; with nothing set, at its oldest note. */
export type Start = Pick<JoinInit, "last" | "from" | "since">;

/** What a chat over sessions needs. */
export interface SessionChatOptions extends Omit<ConnectOptions, "onEnd"> {
  /** How to encrypt; undefined is plaintext, and false if that was asked for. */
  readonly tls: TlsOptions | false | undefined;
  /** The name to speak under; empty to read only. */
  readonly name: string;
  /** The room. */
  readonly room: string;
  /** Where to start. */
  readonly start: Start;
  /** True to be no member of the room. */
  readonly unlisted: boolean;
  /** Whose key to use; without one, the person is not verified. */
  readonly identity: Identity | undefined;
  /** What to say to a server that wants a password. */
  readonly password: string | undefined;
  /** Hears what a server without TLS says of itself. */
  readonly meet: ((server: Uint8Array) => Promise<void>) | undefined;
  /** True to end behind the newest note that there is at connecting. */
  readonly untilNow: boolean;
  /** How long the server may be silent before it is asked for a sign of life, in milliseconds. */
  readonly keepaliveMs: number;
}

/** What a client is to the server, whatever chats it has. */
interface Client {
  /** Proves that a new session of this client is not somebody else's. */
  readonly secret: string;
  /** How often it has joined. */
  attempts: number;
}

/** How long the server may take to let us go, in milliseconds. */
const LEAVE_TIMEOUT_MS = 1_000;

/** The longest that the server may have us wait before we try again, in milliseconds. */
const LONGEST_RETRY_MS = 60_000;

/**
 * A chat over sessions. What is said is kept until the server has answered for it, and a
 * lost connection is made good: each note is posted once, and shown once.
 */
export class SessionChat implements Chat {
  readonly #options: SessionChatOptions;
  readonly #client: Client;
  readonly #outbox = new Outbox();
  /** True from the first thing said in a turn until all of that turn is sent, in one frame. */
  #sending = false;
  /** What the server was asked and ordered on this session. */
  readonly #roomAnswers = new PendingAnswers<RoomList>();
  readonly #moderationAnswers = new PendingAnswers<OutcomeMessage>();
  /** How many posts came too soon on this session: what is sent tells that we know. */
  #limited = 0;
  /** The session that is up. */
  #call: SessionCall | undefined;
  /** Whether the server tells who is verified, and whether it takes orders. */
  #identities = false;
  #canModerate = false;
  /** The last note shown; unknown before the first welcome. */
  #seen: PositionMessage | undefined;
  /** Aborted when all there was to read has been read. */
  readonly #finished = new AbortController();

  /** What happens, from the first connection on. */
  #events!: AsyncGenerator<ChatEvent, void>;

  private constructor(options: SessionChatOptions, client: Client, seen?: PositionMessage) {
    this.#options = options;
    this.#client = client;
    this.#seen = seen;
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
    chat.#events = await connect((signal) => chat.#attempt(signal), {
      ...options,
      signal: AbortSignal.any([options.signal, chat.#finished.signal]),
      onEnd: () =>
        chat.#outbox.close(new ChatError("unavailable", "Left before the server had answered")),
    });
    return chat;
  }

  events(): AsyncGenerator<ChatEvent, void> {
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
    return said;
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async rooms(): Promise<RoomList> {
    if (!this.#call) throw new ChatError("unavailable", "There is no connection");
    this.#call.send({ list_rooms: true });
    return this.#roomAnswers.ask();
  }

  async order(
    { action, name, spanMs = 0, reason = "" }: ModerationCommand,
  ): Promise<ModerationResult> {
    if (!this.#call) throw new ChatError("unavailable", "There is no connection");
    if (!this.#canModerate) throw new ChatError("unsupported", "This server knows no operators");
    this.#call.send({ orders: [{ action: toWireAction(action), name, span_ms: spanMs, reason }] });
    const { code, words, sanctions, figures, names } = await this.#moderationAnswers
      .ask();
    if (code !== 0) throw new ChatError(fromStatus(code) ?? "unavailable", words);
    return { words, sanctions: sanctions.map(fromWireSanction), figures, names };
  }

  async move(to: MoveOptions): Promise<Chat> {
    const { name = this.#options.name, room = this.#options.room, last, signal } = to;
    checkName(name);
    checkName(room, "Room");
    const start = last === undefined ? {} : { last };
    const stays = last === undefined && room === this.#options.room;
    // The same client, so that the server knows whose place the new session takes.
    return await SessionChat.join(
      { ...this.#options, name, room, start, signal, onRetry: undefined },
      this.#client,
      stays ? to.after ?? this.#seen : undefined,
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
      // Nobody has let us in: there is nothing to wait for, and an answer would come too late.
      if (!this.#call) return cut.abort();
      this.#flush();
      this.#call = undefined; // What is said from here on is too late.
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
      for await (const frame of call.frames) {
        if (cut.signal.aborted) return; // It had come before, and is as late.
        if (!welcomed && frame.challenge) {
          const proof = await prover.prove(frame.challenge);
          if (!cut.signal.aborted) call.send({ proof });
          continue;
        }
        checkFrame(frame, welcomed);
        welcomed = true;
        yield* this.#handle(frame, call);
      }
      // The server has told all there is; or nobody waits for it any more.
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
    const { name, room, start, unlisted, identity } = this.#options;
    const from = this.#seen ? { after: this.#seen } : start;
    const { secret: client, attempts: attempt } = this.#client;
    this.#client.attempts++;
    const key = identity && { key: identity.publicKey };
    return { name, room, client, attempt, unlisted, ...key, ...from };
  }

  *#handle(frame: ServerFrame, call: SessionCall): Generator<ChatEvent, void> {
    const { welcome, lost, notes, acks, refusals, changes } = frame;
    const { roster, goodbye, rooms, outcomes } = frame;
    if (welcome) {
      const { room, name, identities, orders, next } = welcome;
      const [head, { people: members }] = [welcome.head!, welcome.roster!]; // See checkFrame().
      this.#seen = { history: head.history, seq: next - 1 };
      // All that was not answered goes out before anything that is said from here on, and so
      // before anybody hears that we are back.
      this.#outbox.restart(welcome.max_note_bytes);
      this.#limited = 0;
      this.#call = call;
      this.#flush();
      // Who has said all is told what there is up to then, and no more.
      if (this.#options.untilNow) call.end();
      this.#identities = identities;
      this.#canModerate = orders;
      const pending = welcome.pending !== undefined &&
        { pending: { from: next, count: welcome.pending } };
      yield { type: "connected", contract: "session", room, name, head, members, ...pending };
    }
    for (const { id, seq } of acks) this.#outbox.accept(id, seq);
    for (const { id, code, reason, retry_ms } of refusals) {
      const retryMs = Math.min(retry_ms, LONGEST_RETRY_MS);
      if (retryMs > 0) this.#limited++;
      const error = retryMs > 0
        ? new ChatError("limited", reason, { retryMs })
        : new ChatError(fromStatus(code) ?? "unavailable", reason);
      this.#outbox.refuse(id, error);
    }
    if (lost > 0) yield { type: "lost", count: lost };
    if (notes.length > 0) {
      this.#seen = { history: this.#seen!.history, seq: notes.at(-1)!.seq };
      yield { type: "notes", notes: notes.map((note) => this.#toShownNote(note)) };
    }
    for (const change of changes) yield toEvent(change);
    if (roster) yield { type: "members", members: roster.people };
    if (rooms) this.#roomAnswers.answer(rooms);
    for (const outcome of outcomes) this.#moderationAnswers.answer(outcome);
    if (goodbye) throw toError(goodbye);
  }

  #toShownNote(received: NoteMessage): ShownNote {
    const note = fromWireNote(received);
    if (this.#identities) return note;
    const { verified: _unknown, ...rest } = note;
    return rest;
  }
}

/**
 * A session begins with a welcome, which comes once, or ends before it; what answers otherwise may
 * be anything, and what else comes with a goodbye is for those who are in.
 */
function checkFrame({ welcome, goodbye }: ServerFrame, welcomed: boolean): void {
  if (!welcomed && goodbye) throw toError(goodbye);
  if (welcomed ? !welcome : welcome?.head && welcome.roster) return;
  throw new ChatError("unavailable", "what answers there is no chat server");
}

function toError({ code, reason }: GoodbyeMessage): ChatError {
  return new ChatError(fromStatus(code) ?? "unavailable", reason);
}

function toEvent({ joined, was, reason, ...rest }: RosterChangeMessage): ChatEvent {
  const { name, verified, sessions } = rest;
  const person: Person = { name, verified, sessions };
  if (was) return { type: "renamed", was, ...person };
  if (sessions !== (joined ? 1 : 0)) return { type: "sessions", ...person };
  return joined ? { type: "joined", ...person } : { type: "left", reason, ...person };
}
