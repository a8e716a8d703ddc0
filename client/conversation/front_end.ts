import type { ModerationCommand } from "../../room/moderation.ts";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { displayName, escapeName, isSameName, parseGuestName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import type { ModerationResult, SayOptions } from "../chat.ts";
import type { ReadMarker, ReadMarkers } from "../profile/read_markers.ts";
import { remark, rule } from "../render/render.ts";
import { dimLine, line, type Row } from "../render/row.ts";
import type { BellMode } from "./commands/bell_mode.ts";
import { parseLine } from "./commands/parse_line.ts";
import type { CommandContext } from "./commands/slash_command.ts";
import { SLASH_COMMANDS } from "./commands/table.ts";
import { Correspondence } from "./correspondence.ts";
import { IgnoredPeople, type IgnoredStore } from "./ignored_people.ts";
import { Conversation, type Location } from "./conversation.ts";
import { type FoundView, showAround, showFound } from "./found_notes.ts";
import { Transcript, type TranscriptOptions } from "./transcript.ts";

/** The place where a person reads and types. */
export interface Display {
  /** Shows rows, and rings the bell. */
  show(rows: readonly Row[], bell?: boolean): void;
  /** Puts a refused text back to where it was typed, unless another one is there. */
  restore(text: string): boolean;
  /** Formats the lines above the notes of a room. */
  readonly header: TranscriptOptions["header"];
  /** Returns the text in the input line. */
  typed(): string;
  /**
   * Shows to whom typed lines go: to one person, safe for a terminal, or to everybody if it is
   * undefined.
   */
  showRecipient(person: string | undefined): void;
  /** Closes the place where the person types, which leaves the chat. */
  close(): void;
}

/** The store of the last notes seen. */
export type ReadMarkerStore = Pick<ReadMarkers, "read" | "write">;

/** The options of an interactive chat. */
export interface FrontEndOptions extends Pick<TranscriptOptions, "zone"> {
  /** The servers of the chat. */
  readonly addresses: readonly string[];
  /** The name and the room at the start. */
  readonly name: string;
  readonly room: string;
  /** The notes that ring the bell. */
  readonly bell: BellMode;
  /** Whether to hide joins and leaves. */
  readonly quiet: boolean;
  /** Remembers the last notes seen; without it no line marks the new ones. */
  readonly seen?: ReadMarkerStore | undefined;
  /** Remembers who is ignored; without it they are until the program ends. */
  readonly ignored?: IgnoredStore | undefined;
}

/** The failure of reading the last notes seen, in words. */
const LOOK_UP = "look up what you have seen";

/** The number of notes that are shown when the person goes to a room. */
const LAST_ON_MOVE = 100;

/** An interactive chat without its looks: handles typed lines, and says them or runs their commands. */
export class FrontEnd implements CommandContext {
  readonly commands = SLASH_COMMANDS;
  readonly #options: FrontEndOptions;
  readonly #display: Display;
  readonly ignored: IgnoredPeople;
  readonly #conversation: Conversation;
  readonly #correspondence: Correspondence;
  /** Lines that are being handled. */
  readonly #handling = new Set<Promise<void>>();
  /** Lines that were unanswered when the person left. */
  readonly #unanswered: string[] = [];
  #knownRooms: readonly string[] = [];
  #leaving = false;

  /**
   * Makes one for a chat that was joined.
   *
   * @param location The chat, and how to leave it.
   * @param seen The last note that the person has seen there, if that is known.
   */
  constructor(
    { chat, left }: Omit<Location, "transcript">,
    seen: ReadMarker | undefined,
    options: FrontEndOptions,
    display: Display,
  ) {
    this.#options = options;
    this.#display = display;
    const { quiet, bell, addresses, ignored: store } = options;
    const onFailure = (what: string, error: unknown) => this.reportFailure(what, error);
    this.ignored = new IgnoredPeople({ addresses, store, onFailure });
    this.#correspondence = new Correspondence(display, () => this.transcript);
    const transcript = this.#newTranscript({ quiet, bell, seen });
    this.#conversation = new Conversation(
      { chat, left, transcript },
      (rows, bell) => {
        display.show(rows, bell);
        this.#correspondence.update();
      },
    );
  }

  /**
   * Chats until the person leaves; returns the lines that were unanswered then.
   *
   * @throws {ChatError} when the server does not admit them any more.
   */
  async run(): Promise<readonly string[]> {
    await this.ignored.load();
    await this.#conversation.run();
    await Promise.all(this.#handling);
    await this.saveReadMarker();
    return this.#unanswered;
  }

  get transcript(): Transcript {
    return this.#conversation.here.transcript;
  }

  get connected(): boolean {
    return this.#conversation.connected;
  }

  /** Whether lines wait for the server: they are not said if the program ends now. */
  get isWaiting(): boolean {
    return this.#handling.size > 0;
  }

  #newTranscript(options: Pick<TranscriptOptions, "quiet" | "bell" | "seen">): Transcript {
    const { header } = this.#display;
    return new Transcript({
      ...options,
      ...{ zone: this.#options.zone, header, now: Date.now, ignored: this.ignored },
      onPrivate: (author) => this.#correspondence.hear(author),
    });
  }

  /** Leaves. Texts that are not answered within a moment are not said. */
  leave(): void {
    this.#leaving = true;
    this.#conversation.leave();
  }

  print(...lines: readonly string[]): void {
    this.#display.show(lines.map(dimLine));
  }

  /** Handles a line that the person has typed, until it is answered. */
  handle(typed: string): Promise<void> {
    const handled = this.#handle(typed).finally(() => this.#handling.delete(handled));
    this.#handling.add(handled);
    return handled;
  }

  async #handle(typed: string): Promise<void> {
    if (typed.trim() === "") return;
    const { queried } = this;
    const parsed = parseLine(typed);
    if (parsed.type === "error") return this.print(remark(parsed.message));
    try {
      await (parsed.type === "say" ? this.sayHere(parsed.text) : parsed.run(this));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (parsed.type === "command" && !parsed.command.args.isMessage) {
        this.print(remark(`/${parsed.command.name}: ${escapeText(error.message)}`));
      } else if (this.#leaving) this.#unanswered.push(typed);
      else this.#giveBack(typed, error, this.queried === queried);
    }
  }

  /**
   * Puts a refused text back into the input line, unless the person has typed something there, or
   * it would go to others now.
   */
  #giveBack(typed: string, { message }: ChatError, isSameRecipient: boolean): void {
    const text = isSameRecipient && this.#display.restore(typed) ? "" : `: ${escapeText(typed)}`;
    this.#display.show([line(remark(`not sent: ${escapeText(message)}${text}`))]);
  }

  async say(text: string, options: SayOptions = {}): Promise<void> {
    if (!this.connected) {
      const to = options.to === undefined ? "" : ` to ${displayRecipient(options.to)} only`;
      this.print(remark(`to be sent${to}: ${escapeText(text)}`));
    }
    await this.#conversation.say(text, options);
  }

  async sayHere(text: string): Promise<void> {
    const to = this.#correspondence.queryRecipient();
    await this.say(text, to === undefined ? {} : { kind: "whisper", to });
  }

  async reply(text: string): Promise<void> {
    await this.say(text, { kind: "whisper", to: this.#correspondence.replyRecipient(text) });
  }

  get queried(): string | undefined {
    return this.#correspondence.queried;
  }

  query(to: string | undefined): void {
    this.#correspondence.query(to);
    this.print(
      remark(
        this.queried === undefined
          ? "you talk with everybody here again"
          : `what you type goes to ${this.queried} alone; /query returns to everybody`,
      ),
    );
  }

  async rename(name: string): Promise<void> {
    await this.#conversation.move({ name });
  }

  async showHistory(count: number): Promise<void> {
    const rewind = dimLine(rule(`the last ${formatCount(count, "note")}`));
    await this.#conversation.move({ last: count }, { rewind });
  }

  async search(words: readonly string[]): Promise<void> {
    await showFound(this.#conversation.here.chat, words, this.#foundView());
  }

  async showAround(seq: number): Promise<void> {
    await showAround(this.#conversation.here.chat, seq, this.#foundView());
  }

  #foundView(): FoundView {
    const { name: self } = this.transcript;
    return {
      ...{ zone: this.#options.zone, self, show: (rows) => this.#display.show(rows) },
      isHidden: (note) => this.ignored.has(note) && !isSameName(note.name, self),
    };
  }

  async goTo(room: string): Promise<void> {
    const { room: here } = this.transcript;
    if (here !== undefined && isSameName(room, here)) {
      return this.print(remark(`you are already in ${escapeName(here)}`));
    }
    await this.saveReadMarker();
    const { queried } = this;
    const { name = this.#options.name, quiet, bell } = this.transcript;
    const seen = await this.#loadReadMarker(room, name);
    const transcript = this.#newTranscript({ quiet, bell, seen });
    await this.#conversation.move({ room, last: LAST_ON_MOVE }, { transcript });
    if (queried === undefined || this.transcript !== transcript) return;
    this.#correspondence.query(undefined);
    this.print(remark(`you talk with everybody, no longer with ${queried} alone`));
  }

  /** The rooms of the server's last list. */
  get knownRooms(): readonly string[] {
    return this.#knownRooms;
  }

  async rooms(): Promise<RoomList> {
    const list = await this.#conversation.here.chat.rooms();
    this.#knownRooms = list.rooms.map(({ name }) => name);
    return list;
  }

  order(command: ModerationCommand): Promise<ModerationResult> {
    return this.#conversation.here.chat.order(command);
  }

  setTopic(text: string): Promise<void> {
    return this.#conversation.here.chat.setTopic(text);
  }

  quit(): void {
    this.#display.close();
  }

  /** Looks up the last note seen in a room. */
  async #loadReadMarker(room: string, name: string): Promise<ReadMarker | undefined> {
    try {
      const { seen, addresses } = this.#options;
      return await seen?.read({ addresses, room, name });
    } catch (error) {
      this.reportFailure(LOOK_UP, error);
      return undefined;
    }
  }

  /** Stores the last note seen here. */
  async saveReadMarker(): Promise<void> {
    const { last, room, name } = this.transcript;
    if (!last || room === undefined || name === undefined) return;
    try {
      const { seen, addresses } = this.#options;
      await seen?.write({ addresses, room, name }, last);
    } catch (error) {
      this.reportFailure("keep what you have seen", error);
    }
  }

  /** Reports a failure that does not end the chat. */
  reportFailure(what: string, error: unknown): void {
    const reason = errorMessage(error);
    this.print(remark(`cannot ${what}: ${escapeText(reason)}`));
  }
}

/** Formats the recipient of a private note as other people are shown. */
function displayRecipient(to: string): string {
  const guest = parseGuestName(to);
  return guest === undefined ? escapeName(to) : displayName({ name: guest, verified: false });
}
