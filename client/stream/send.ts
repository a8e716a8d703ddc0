import { ChatError } from "../../room/errors.ts";
import type { Chat } from "../chat.ts";
import type { InputLine } from "./lines.ts";
import { isGone, type SendOutcome, SendWindow } from "./send_window.ts";

/** How to send. */
export interface SendOptions {
  /** The server, as errors name it. */
  readonly address: string;
  /** What is sent: all as one note, or each line as one. */
  readonly unit: "note" | "line";
  /**
   * How long to wait until a note is accepted, or the next one, with connecting and all tries,
   * in milliseconds.
   */
  readonly deadlineMs: number;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Leaves the chat. */
  readonly left: AbortController;
  /** Told of each note that is accepted, in order; the note is done with when it resolves. */
  readonly accepted: (note: AcceptedNote) => Promise<void>;
  /** Takes a line that says what went wrong. */
  readonly report: (line: string) => void;
}

/** Where a note is that was accepted. */
export interface AcceptedNote {
  /** The position in the room; unknown where the server does not tell. */
  readonly seq: number | undefined;
  /** The room. */
  readonly room: string;
}

/** How it ended; `nothing` means that there was nothing to send. */
export type SendEnd = SendOutcome | "deadline" | "nothing";

/**
 * Says what `notes` has, and resolves when all of it has been answered, the deadline of one
 * has passed, or it was stopped. It connects when there is something to say. What was not
 * accepted has been reported.
 *
 * @throws {ChatError} when the server was never reached, or will not have us.
 * @throws what reading `notes` throws, and what `accepted` throws.
 */
export function send(
  chat: Chat,
  notes: AsyncIterable<InputLine>,
  options: SendOptions,
): Promise<SendEnd> {
  return new Sending(chat, options).run(notes);
}

/** The sending of some notes, until the first thing that ends it. */
class Sending {
  readonly #chat: Chat;
  readonly #options: SendOptions;
  readonly #window: SendWindow;
  readonly #end = Promise.withResolvers<SendEnd>();
  /** True once it is settled how it ends: what comes then is nobody's concern. */
  #ended = false;
  /** Settles when the chat is left; nothing before there is something to say. */
  #listening: Promise<void> | undefined;
  /** The room, once connected. */
  #room: string | undefined;
  /** Why we are not connected. */
  #reason = "no answer";

  constructor(chat: Chat, options: SendOptions) {
    const { unit, deadlineMs, accepted, report } = options;
    this.#chat = chat;
    this.#options = options;
    this.#window = new SendWindow({
      say: (text) => this.#say(text),
      accepted: (seq) => accepted({ seq, room: this.#room! }), // Accepted, and so connected.
      report: (line) => this.#ended || report(line),
      call: (number) => unit === "note" ? "The note" : `Line ${number}`,
      deadline: { ms: deadlineMs, passed: () => this.#giveUp() },
      left: options.left.signal,
    });
  }

  async run(notes: AsyncIterable<InputLine>): Promise<SendEnd> {
    const { signal, left } = this.#options;
    const stop = () => this.#breakOff("failed", "Stopped, not accepted");
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      else this.#sayAll(notes).then((end) => this.#finish(end), (error) => this.#fail(error));
      const end = await this.#end.promise;
      left.abort();
      if (end === "done") await this.#listening; // The server is there: take leave of it.
      return end;
    } finally {
      signal.removeEventListener("abort", stop);
      left.abort();
    }
  }

  async #sayAll(notes: AsyncIterable<InputLine>): Promise<SendEnd> {
    await this.#window.sayAll(notes);
    return this.#window.given === 0 ? "nothing" : this.#window.outcome;
  }

  async #say(text: string): Promise<number | undefined> {
    const { left } = this.#options;
    this.#listening ??= this.#listen().catch((error) => this.#fail(error));
    try {
      return await this.#chat.say(text);
    } catch (error) {
      if (isGone(error)) {
        left.abort();
        await this.#listening; // If it knows better why, that is how it ends.
      }
      throw error;
    }
  }

  async #listen(): Promise<void> {
    for await (const event of this.#chat.events()) {
      if (event.type === "connected") this.#room = event.room;
      if (event.type === "disconnected") this.#reason = event.reason;
    }
  }

  /** The deadline of a note has passed. */
  #giveUp(): void {
    const { address, deadlineMs } = this.#options;
    const within = `${deadlineMs / 1_000} s`;
    if (this.#room !== undefined) {
      return this.#breakOff("deadline", `Not accepted within ${within}`);
    }
    const words = `Cannot reach "${address}": ${this.#reason} (tried for ${within})`;
    this.#fail(new ChatError("unavailable", words));
  }

  /** Ends it with notes that have not been answered, and says how many. */
  #breakOff(end: SendEnd, why: string): void {
    if (this.#ended) return;
    const { unit, report } = this.#options;
    const { waiting, given } = this.#window;
    report(`${why}: ${unit === "note" ? "the note" : `${waiting} of ${given} lines`}`);
    this.#finish(end);
  }

  #finish(end: SendEnd): void {
    this.#ended = true;
    this.#end.resolve(end);
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#end.reject(error);
  }
}
