import { ChatError } from "../../room/errors.ts";
import { LOBBY } from "../../room/lobby.ts";
import { checkName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import type { Chat, ChatEvent, MoveOptions, SayOptions } from "../chat.ts";
import { sleep } from "../net/backoff.ts";
import { GrpcConnection } from "../net/grpc.ts";
import { reconnecting } from "../net/reconnect.ts";
import type { TlsOptions } from "../net/tls.ts";
import { Replay } from "./replay.ts";

/** What a chat over the original contract needs. */
export interface OriginalChatOptions {
  /** The server: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** How to encrypt; undefined is plaintext, and false if that was asked for. */
  readonly tls: TlsOptions | false | undefined;
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
  readonly #replay: Replay;
  /** Aborted when another chat has taken this one's place, and its memory of what was shown. */
  readonly #replaced = new AbortController();
  /** The connection that is up; pending while there is none. */
  #up = Promise.withResolvers<GrpcConnection>();
  /** Settles when the last note has been answered for. */
  #last: Promise<void> = Promise.resolve();

  /** Makes a chat that connects once its events are read. */
  constructor(options: OriginalChatOptions, replay = new Replay()) {
    this.#options = options;
    this.#replay = replay;
  }

  events(): AsyncGenerator<ChatEvent, void> {
    const signal = AbortSignal.any([this.#options.signal, this.#replaced.signal]);
    return reconnecting((signal) => this.#attempt(signal), { ...this.#options, signal });
  }

  say(message: string, { kind = "said" }: SayOptions = {}): Promise<undefined> {
    if (kind !== "said") return Promise.reject(unsupported(`it cannot send a note as ${kind}`));
    if (this.#options.name === "") {
      return Promise.reject(new ChatError("invalid", "A chat without a name only reads"));
    }
    // One at a time: calls that are under way at once may be served in any order.
    const said = this.#last.then(() => this.#send(message));
    this.#last = said.catch(() => {});
    return said.then(() => undefined);
  }

  rooms(): Promise<RoomList> {
    return Promise.reject(unsupported("it has one room"));
  }

  order(): Promise<never> {
    return Promise.reject(unsupported("it knows no operators"));
  }

  move({ name = this.#options.name, room = LOBBY, last, signal }: MoveOptions): Chat {
    if (room !== LOBBY) throw unsupported("it has one room");
    if (last !== undefined) throw unsupported("it cannot go back in its history");
    checkName(name);
    this.#replaced.abort();
    return new OriginalChat({ ...this.#options, name, signal }, this.#replay);
  }

  async #send(message: string): Promise<void> {
    const { name, timeoutMs, signal } = this.#options;
    const askedAt = performance.now();
    const answered = new AbortController();
    const waited = sleep(timeoutMs, AbortSignal.any([signal, answered.signal]));
    const connection = await Promise.race([this.#up.promise, waited]);
    answered.abort();
    if (signal.aborted) throw new ChatError("unavailable", "Left before the server had answered");
    if (!connection) throw new ChatError("timeout", "There is no connection");
    await connection.send({ name, message }, timeoutMs - (performance.now() - askedAt));
  }

  async *#attempt(signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const { address, tls } = this.#options;
    const connection = new GrpcConnection(address, { tls });
    let up = false;
    try {
      const notes = connection.notes(signal);
      // An idle server says nothing, a missing one fails the call: whichever comes first tells.
      let next = notes.next();
      next.catch(() => {}); // It is awaited below, if we get there.
      await Promise.race([connection.ready(), next]);
      if (signal.aborted) return;
      up = true;
      this.#up.resolve(connection);
      this.#replay.restart();
      const { name } = this.#options;
      yield { type: "connected", contract: "original", room: LOBBY, name, members: [] };
      for (let note = await next; !note.done; note = await next) {
        const { name, message } = note.value;
        if (!this.#replay.repeats(note.value)) {
          yield { type: "notes", notes: [{ name, message, kind: "said" }] };
        }
        next = notes.next();
      }
    } finally {
      if (up) this.#up = Promise.withResolvers(); // Whoever waits for it goes on waiting otherwise.
      connection.close();
    }
  }
}

function unsupported(what: string): ChatError {
  return new ChatError("unsupported", `This server speaks the original contract: ${what}`);
}
