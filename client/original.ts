import { ChatError } from "../room/errors.ts";
import { sleep } from "./backoff.ts";
import type { Chat, ChatEvent } from "./chat.ts";
import { Connection } from "./grpc.ts";
import { reconnecting } from "./reconnect.ts";
import { Replay } from "./replay.ts";

/** What a chat over the original contract needs. */
export interface OriginalChatOptions {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** The name to speak under. */
  readonly name: string;
  /** How long to try for a connection, and to wait for an answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Leaves the chat when aborted. */
  readonly signal: AbortSignal;
}

/** A chat over the original contract's two calls, `ChatStream` and `SendNote`. */
export class OriginalChat implements Chat {
  readonly #options: OriginalChatOptions;
  readonly #replay = new Replay();
  /** The connection that is up; pending while there is none. */
  #up = Promise.withResolvers<Connection>();

  /** Makes a chat that connects once its events are read. */
  constructor(options: OriginalChatOptions) {
    this.#options = options;
  }

  events(): AsyncGenerator<ChatEvent, void> {
    return reconnecting((signal) => this.#attempt(signal), this.#options);
  }

  async say(message: string): Promise<void> {
    const { name, timeoutMs, signal } = this.#options;
    const deadline = Date.now() + timeoutMs;
    const answered = new AbortController();
    const waited = sleep(timeoutMs, AbortSignal.any([signal, answered.signal]));
    const connection = await Promise.race([this.#up.promise, waited]);
    answered.abort();
    if (!connection) throw new ChatError("timeout", "Not sent: there is no connection");
    await connection.send({ name, message }, deadline);
  }

  async *#attempt(signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const connection = new Connection(this.#options.address);
    try {
      const notes = connection.notes(signal);
      // An idle server says nothing, a missing one fails the call: whichever comes first tells.
      let next = notes.next();
      next.catch(() => {}); // It is awaited below, if we get there.
      await Promise.race([connection.ready(), next]);
      if (signal.aborted) return;
      this.#up.resolve(connection);
      this.#replay.restart();
      yield { type: "connected" };
      for (let note = await next; !note.done; note = await next) {
        if (!this.#replay.repeats(note.value)) yield { type: "note", note: note.value };
        next = notes.next();
      }
    } finally {
      this.#up = Promise.withResolvers();
      connection.close();
    }
  }
}
