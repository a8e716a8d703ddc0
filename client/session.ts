import { fromWireKind, toWireKind } from "../proto/kind.ts";
import type { JoinMessage, NoteMessage, PositionMessage, ServerFrame } from "../proto/mod.ts";
import { codeOf } from "../proto/status.ts";
import { ChatError } from "../room/errors.ts";
import { checkName } from "../room/note.ts";
import type { RoomList } from "../room/room_list.ts";
import { sleep } from "./backoff.ts";
import type { Chat, ChatEvent, Manner, Move, ShownNote } from "./chat.ts";
import { Connection, type SessionCall } from "./grpc.ts";
import { Outbox } from "./outbox.ts";
import { Questions } from "./questions.ts";
import { reconnecting } from "./reconnect.ts";

/** Where to start in a room; with nothing set, at its oldest note. */
export type Start = Pick<JoinMessage, "last" | "from" | "since">;

/** What a chat over sessions needs. */
export interface SessionChatOptions {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The name to speak under; empty to read only. */
  readonly name: string;
  /** The room. */
  readonly room: string;
  /** Where to start. */
  readonly start: Start;
  /** True to be no member of the room. */
  readonly unlisted: boolean;
  /** True to end behind the newest note that there is at connecting. */
  readonly untilNow: boolean;
  /** How long to try for a connection, in milliseconds. */
  readonly timeoutMs: number;
  /** How long the server may be silent before it is asked for a sign of life, in milliseconds. */
  readonly keepaliveMs: number;
  /** Leaves the chat when aborted. */
  readonly signal: AbortSignal;
}

/** What a client is to the server, whatever chats it has. */
interface Client {
  /** Proves that a new session of this client is not somebody else's. */
  readonly secret: string;
  /** How often it has joined. */
  attempts: number;
}

/** How long the server may take to let us go, in milliseconds. */
const FAREWELL_MS = 1_000;

/**
 * A chat over sessions. What is said is kept until the server has answered for it, and a
 * lost connection is made good: each note is posted once, and shown once.
 */
export class SessionChat implements Chat {
  readonly #options: SessionChatOptions;
  readonly #client: Client;
  readonly #outbox = new Outbox();
  /** What the server was asked on this session. */
  readonly #questions = new Questions<RoomList>();
  /** The session that is up. */
  #call: SessionCall | undefined;
  /** The last note shown; unknown before the first welcome. */
  #seen: PositionMessage | undefined;
  /** Aborted when all there was to read has been read. */
  readonly #finished = new AbortController();

  /** Makes a chat that connects once its events are read, of a new client unless it is given. */
  constructor(
    options: SessionChatOptions,
    client: Client = { secret: crypto.randomUUID(), attempts: 0 },
  ) {
    this.#options = options;
    this.#client = client;
  }

  async *events(): AsyncGenerator<ChatEvent, void> {
    try {
      const signal = AbortSignal.any([this.#options.signal, this.#finished.signal]);
      yield* reconnecting((signal) => this.#attempt(signal), { ...this.#options, signal });
    } finally {
      this.#outbox.close(new ChatError("unavailable", "Left before the server had answered"));
    }
  }

  say(message: string, { kind = "said", to = "" }: Manner = {}): Promise<number> {
    const said = this.#outbox.add({ message, kind: toWireKind(kind), to });
    this.#flush();
    return said;
  }

  // deno-lint-ignore require-await -- so that what it throws is a rejection
  async rooms(): Promise<RoomList> {
    if (!this.#call) throw new ChatError("unavailable", "There is no connection");
    this.#call.send({ list_rooms: true });
    return this.#questions.ask();
  }

  move(to: Move): Chat {
    const { name = this.#options.name, room = this.#options.room, last, signal } = to;
    checkName(name);
    checkName(room, "Room");
    const start = last === undefined ? {} : { last };
    // Of the same client, so that the server knows whose place it takes.
    const moved = new SessionChat({ ...this.#options, name, room, start, signal }, this.#client);
    const stays = last === undefined && room === this.#options.room;
    if (stays) moved.#seen = to.after ?? this.#seen;
    return moved;
  }

  /** Sends what has not been sent on this session. */
  #flush(): void {
    if (!this.#call) return;
    for (const posts of this.#outbox.unsent()) this.#call.send({ posts });
  }

  async *#attempt(leave: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const { address, keepaliveMs } = this.#options;
    const connection = new Connection(address, { keepaliveMs });
    const cut = new AbortController();
    const call = connection.session(cut.signal);
    const farewell = () => {
      this.#call = undefined; // What is said from here on is too late.
      call.end();
      void sleep(FAREWELL_MS, cut.signal).then(() => cut.abort());
    };
    leave.addEventListener("abort", farewell, { once: true });
    try {
      call.send({ join: this.#join() });
      if (leave.aborted) farewell();
      let welcomed = false;
      for await (const frame of call.frames) {
        if (!welcomed) checkWelcome(frame);
        welcomed = true;
        yield* this.#take(frame, call, leave);
      }
      // The server has told all there is; or nobody waits for it any more.
      if (this.#options.untilNow && welcomed && !leave.aborted) this.#finished.abort();
    } finally {
      leave.removeEventListener("abort", farewell);
      cut.abort();
      this.#call = undefined;
      this.#questions.close(new ChatError("unavailable", "The connection is gone"));
      connection.close();
    }
  }

  #join(): JoinMessage {
    const { name, room, start, unlisted } = this.#options;
    const from = this.#seen ? { after: this.#seen } : start;
    const { secret: client, attempts: attempt } = this.#client;
    this.#client.attempts++;
    return { name, room, client, attempt, unlisted, ...from };
  }

  *#take(
    frame: ServerFrame,
    call: SessionCall,
    leave: AbortSignal,
  ): Generator<ChatEvent, void> {
    const { welcome, lost = 0, notes = [], acks = [], refusals = [], changes = [] } = frame;
    const { roster, goodbye, rooms } = frame;
    if (welcome) {
      this.#seen = { history: welcome.head.history, seq: welcome.next - 1 };
      // All that was not answered goes out before anything that is said from here on, and so
      // before anybody hears that we are back.
      this.#outbox.restart(welcome.max_note_bytes);
      if (!leave.aborted) this.#call = call;
      this.#flush();
      // Who has said all is told what there is up to then, and no more.
      if (this.#options.untilNow) call.end();
      const { room, name, head, roster } = welcome;
      yield { type: "connected", contract: "session", room, name, head, members: roster.names };
    }
    for (const { id, seq } of acks) this.#outbox.accept(id, seq);
    for (const { id, code, reason } of refusals) {
      this.#outbox.refuse(id, new ChatError(codeOf(code) ?? "unavailable", reason));
    }
    if (lost > 0) yield { type: "lost", count: lost };
    if (notes.length > 0) {
      this.#seen = { history: this.#seen!.history, seq: notes.at(-1)!.seq! };
      yield { type: "notes", notes: notes.map(toShownNote) };
    }
    for (const { name, joined, reason, was } of changes) {
      if (!joined) yield { type: "left", name, reason };
      else yield was ? { type: "renamed", name, was } : { type: "joined", name };
    }
    if (roster) yield { type: "members", members: roster.names };
    if (rooms) this.#questions.answer(rooms);
    if (goodbye) throw new ChatError(codeOf(goodbye.code) ?? "unavailable", goodbye.reason);
  }
}

/** A session begins with a welcome; what answers otherwise may be anything. */
function checkWelcome({ welcome, goodbye }: ServerFrame): void {
  if (goodbye || welcome?.head && welcome.roster) return;
  throw new ChatError("unavailable", "what answers there is no chat server");
}

function toShownNote({ name, message, kind, to, seq, time }: NoteMessage): ShownNote {
  const note = { name, message, kind: fromWireKind(kind), seq: seq!, time: time! };
  return to ? { ...note, to } : note;
}
