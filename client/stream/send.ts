import { ChatError } from "../../room/errors.ts";
import { escapeName, isSameName, parseGuestName } from "../../room/note.ts";
import type { Person } from "../../room/person.ts";
import { formatCount } from "../../text/number.ts";
import type { Chat, SayOptions } from "../chat.ts";
import { FailureReasons } from "../net/failure_reasons.ts";
import type { InputLine } from "./lines.ts";
import { isGone, type SendOutcome, SendWindow } from "./send_window.ts";

/** The options for sending. */
export interface SendOptions {
  /** Joins the chat, which paces itself; `onRetry` learns why there is no connection yet. */
  readonly join: (onRetry: JoinRetry) => Promise<Chat>;
  /** The servers of the chat, as errors name them. */
  readonly addresses: readonly string[];
  /** The kind and the recipient of all notes. Default: said to everybody. */
  readonly manner?: SayOptions;
  /** Whether all input is one note, or each line. */
  readonly unit: "note" | "line";
  /**
   * The timeout for the note, or the next one, to be accepted, in milliseconds. It includes
   * connecting and all attempts.
   */
  readonly deadlineMs: number;
  /** Stops sending. */
  readonly signal: AbortSignal;
  /** Leaves the chat. */
  readonly left: AbortController;
  /** Called for each accepted note, in order; the note is done when it resolves. */
  readonly accepted: (note: AcceptedNote) => Promise<void>;
  /** Reports a failure, in one line. */
  readonly report: (line: string) => void;
}

/** Called for each attempt to connect that fails. */
export type JoinRetry = (failure: { readonly address: string; readonly reason: string }) => void;

/** The place of an accepted note. */
export interface AcceptedNote {
  /** The position in the room; undefined if the server does not say. */
  readonly seq: number | undefined;
  /** The room. */
  readonly room: string;
}

/** The result; `nothing` means that the note was empty. */
export type SendEnd = SendOutcome | "deadline" | "nothing";

/**
 * Sends `notes`, and resolves when all have been answered, when the deadline of one has passed, or
 * when it was stopped. It joins the chat when there is a first note. Notes that were not accepted
 * have been reported.
 *
 * @throws {ChatError} when the server cannot be reached, or does not admit us.
 * @throws {Error} if reading `notes` or calling `accepted` does.
 */
export function send(notes: AsyncIterable<InputLine>, options: SendOptions): Promise<SendEnd> {
  return new Sending(options).run(notes);
}

/** The sending of some notes, until the first thing that ends it. */
class Sending {
  readonly #options: SendOptions;
  readonly #window: SendWindow;
  readonly #end = Promise.withResolvers<SendEnd>();
  /** True once the end is decided: nothing is reported after that. */
  #ended = false;
  /** The chat, from the first note on. */
  #chat: Promise<Chat> | undefined;
  /** Settles when the chat is left; undefined before it is joined. */
  #listening: Promise<void> | undefined;
  /** The room; undefined before the chat is joined. */
  #room: string | undefined;
  /** The people in the room when it was joined. */
  #members: readonly Person[] = [];
  /** Whether a report has said that the recipient is away. */
  #saidAway = false;
  /** The reasons why there is no connection yet. */
  readonly #reasons: FailureReasons;

  constructor(options: SendOptions) {
    const { addresses, unit, deadlineMs, accepted, report } = options;
    this.#reasons = new FailureReasons(addresses);
    this.#options = options;
    this.#window = new SendWindow({
      say: (text) => this.#say(text),
      accepted: (seq) => {
        this.#reportAway();
        return accepted({ seq, room: this.#room! }); // An accepted note is in a room.
      },
      report: (line) => this.#ended || report(line),
      call: (number) => unit === "note" ? "The note" : `Line ${number}`,
      deadline: { ms: deadlineMs, passed: () => this.#giveUp() },
    });
  }

  async run(notes: AsyncIterable<InputLine>): Promise<SendEnd> {
    const { signal, left } = this.#options;
    const stop = () => this.#breakOff("failed", "Stopped");
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      else this.#sayAll(notes).then((end) => this.#finish(end), (error) => this.#fail(error));
      const end = await this.#end.promise;
      left.abort();
      if (end === "done") await this.#listening; // Leave politely: the server is there.
      return end;
    } finally {
      signal.removeEventListener("abort", stop);
      left.abort();
    }
  }

  async #sayAll(notes: AsyncIterable<InputLine>): Promise<SendEnd> {
    await this.#window.sayAll(notes);
    const isEmpty = this.#options.unit === "note" && this.#window.given === 0;
    return isEmpty ? "nothing" : this.#window.outcome;
  }

  async #say(text: string): Promise<number | undefined> {
    this.#chat ??= this.#join();
    const chat = await this.#chat;
    try {
      return await chat.say(text, this.#options.manner);
    } catch (error) {
      if (isGone(error)) {
        this.#options.left.abort();
        await this.#listening; // If the chat has ended with a better reason, that is the end.
      }
      throw error;
    }
  }

  async #join(): Promise<Chat> {
    try {
      const chat = await this.#options.join(({ address, reason }) =>
        this.#reasons.record(address, reason)
      );
      this.#listening = this.#listen(chat).catch((error) => this.#fail(error));
      return chat;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #listen(chat: Chat): Promise<void> {
    for await (const event of chat.events()) {
      if (event.type !== "connected") continue;
      this.#room = event.room;
      this.#members = event.members;
    }
  }

  /** Says once that the recipient of an accepted private note was away. */
  #reportAway(): void {
    const { manner: { to } = {}, report } = this.#options;
    if (this.#saidAway || to === undefined) return;
    this.#saidAway = true;
    // A person without a key is there, or the note would have been refused.
    if (parseGuestName(to) !== undefined) return;
    if (this.#members.some(({ name }) => isSameName(name, to))) return;
    const [name, room] = [to, this.#room!].map(escapeName);
    report(`${name} is not in ${room} now: the owner of the name can read it there later`);
  }

  /** The deadline of a note has passed. */
  #giveUp(): void {
    const { deadlineMs } = this.#options;
    const within = `${deadlineMs / 1_000} s`;
    if (this.#room !== undefined) {
      return this.#breakOff("deadline", `Tried for ${within}`);
    }
    const words = `Cannot reach ${this.#reasons} (tried for ${within})`;
    this.#fail(new ChatError("unavailable", words));
  }

  /** Ends the sending before everything is accepted, and reports how far it has come. */
  #breakOff(end: SendEnd, why: string): void {
    if (this.#ended) return;
    this.#options.report(`error: ${why}${this.#progress()}`);
    this.#finish(end);
  }

  #progress(): string {
    const { waiting, given, accepted } = this.#window;
    if (this.#options.unit === "note") return ": the server has not accepted the note";
    if (given === 0) return " before the first line";
    if (waiting === 0) return `: the server has accepted ${formatCount(accepted, "line")}`;
    return `: the server has not accepted ${waiting} of ${given} lines`;
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
