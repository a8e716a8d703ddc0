import { fromWireKind, toWireKind } from "../proto/kind.ts";
import type { JoinMessage, NoteMessage, PositionMessage, ServerFrame } from "../proto/mod.ts";
import { codeOf } from "../proto/status.ts";
import { ChatError } from "../room/errors.ts";
import type { NoteKind } from "../room/note.ts";
import { sleep } from "./backoff.ts";
import type { Chat, ChatEvent, ShownNote } from "./chat.ts";
import { Connection, type SessionCall } from "./grpc.ts";
import { Outbox } from "./outbox.ts";
import { reconnecting } from "./reconnect.ts";

/** What a chat over sessions needs. */
export interface SessionChatOptions {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The name to speak under. */
  readonly name: string;
  /** The room. */
  readonly room: string;
  /** With how many of the newest notes to start; `Infinity` for all there are. */
  readonly last: number;
  /** How long to try for a connection, in milliseconds. */
  readonly timeoutMs: number;
  /** How long the server may be silent before it is asked for a sign of life, in milliseconds. */
  readonly keepaliveMs: number;
  /** Leaves the chat when aborted. */
  readonly signal: AbortSignal;
}

/** How long the server may take to let us go, in milliseconds. */
const FAREWELL_MS = 1_000;

/**
 * A chat over sessions. What is said is kept until the server has answered for it, and a
 * lost connection is made good: each note is posted once, and shown once.
 */
export class SessionChat implements Chat {
  readonly #options: SessionChatOptions;
  /** Proves to the server that a new session of this client is not somebody else's. */
  readonly #client = crypto.randomUUID();
  /** How often it has joined. */
  #attempts = 0;
  readonly #outbox = new Outbox();
  /** The session that is up. */
  #call: SessionCall | undefined;
  /** The last note shown; unknown before the first welcome. */
  #seen: PositionMessage | undefined;

  /** Makes a chat that connects once its events are read. */
  constructor(options: SessionChatOptions) {
    this.#options = options;
  }

  async *events(): AsyncGenerator<ChatEvent, void> {
    try {
      yield* reconnecting((signal) => this.#attempt(signal), this.#options);
    } finally {
      this.#outbox.close(new ChatError("unavailable", "Left before the server had answered"));
    }
  }

  say(message: string, kind: NoteKind = "said"): Promise<void> {
    const said = this.#outbox.add(message, toWireKind(kind));
    this.#flush();
    return said;
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
      for await (const frame of call.frames) yield* this.#take(frame, call, leave);
    } finally {
      leave.removeEventListener("abort", farewell);
      cut.abort();
      this.#call = undefined;
      connection.close();
    }
  }

  #join(): JoinMessage {
    const { name, room, last } = this.#options;
    const start = this.#seen ? { after: this.#seen } : last === Infinity ? {} : { last };
    return { name, room, client: this.#client, attempt: this.#attempts++, ...start };
  }

  *#take(
    frame: ServerFrame,
    call: SessionCall,
    leave: AbortSignal,
  ): Generator<ChatEvent, void> {
    const { welcome, lost = 0, notes = [], acks = [], refusals = [], changes = [] } = frame;
    const { roster, goodbye } = frame;
    if (welcome) {
      const { history, seq } = welcome.head;
      if (this.#seen?.history !== history) {
        // The first time, or a server that begins anew: what is shown next starts its history.
        const { last } = this.#options;
        const start = this.#seen === undefined ? Math.max(0, seq - last) : 0;
        this.#seen = { history, seq: start };
      }
      // All that was not answered goes out before anything that is said from here on, and so
      // before anybody hears that we are back.
      this.#outbox.restart(welcome.max_note_bytes);
      if (!leave.aborted) this.#call = call;
      this.#flush();
      yield { type: "connected", room: welcome.room, members: welcome.roster.names };
    }
    for (const { id } of acks) this.#outbox.accept(id);
    for (const { id, code, reason } of refusals) {
      this.#outbox.refuse(id, new ChatError(codeOf(code) ?? "unavailable", reason));
    }
    if (lost > 0) yield { type: "lost", count: lost };
    if (notes.length > 0) {
      this.#seen = { history: this.#seen!.history, seq: notes.at(-1)!.seq! };
      yield { type: "notes", notes: notes.map(toShownNote) };
    }
    for (const { name, joined, reason } of changes) {
      yield joined ? { type: "joined", name } : { type: "left", name, reason };
    }
    if (roster) yield { type: "members", members: roster.names };
    if (goodbye) throw new ChatError(codeOf(goodbye.code) ?? "unavailable", goodbye.reason);
  }
}

function toShownNote({ name, message, kind, seq, time }: NoteMessage): ShownNote {
  return { name, message, kind: fromWireKind(kind), seq: seq!, time: time! };
}
