import type { ModerationCommand } from "../../room/moderation.ts";
import { DEFAULTS } from "../../room/defaults.ts";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { displayName, escapeName, isSameName, parseGuestName } from "../../room/note.ts";
import type { RoomList } from "../../room/room_list.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount } from "../../text/number.ts";
import type { ModerationResult, SayOptions } from "../chat.ts";
import { isOwn, remark, rule } from "../render/render.ts";
import { dimLine } from "../render/row.ts";
import type { BellMode } from "./commands/bell_mode.ts";
import type { Settings } from "./commands/settings.ts";
import type { CommandContext } from "./commands/slash_command.ts";
import { SLASH_COMMANDS } from "./commands/table.ts";
import type { Conversation } from "./conversation.ts";
import type { Display } from "./display.ts";
import { IgnoredPeople, type IgnoredStore } from "./ignored_people.ts";
import { type FoundView, showAround, showFound } from "./found_notes.ts";
import { type FirstRoom, OpenRooms } from "./open_rooms.ts";
import { PlaceMarkers, type ReadMarkerStore } from "./place_markers.ts";
import type { Transcript, TranscriptOptions } from "./transcript.ts";
import { LineHandler } from "./line_handler.ts";

/** The options of an interactive chat. */
export interface FrontEndOptions extends Pick<TranscriptOptions, "zone"> {
  /** The servers of the chat. */
  readonly addresses: readonly string[];
  /** The rooms to open at the start, besides the first one. */
  readonly moreRooms?: readonly string[] | undefined;
  /** The number of the newest notes of each of them to start with. Default: `DEFAULTS.last`. */
  readonly last?: number | undefined;
  /** The notes that ring the bell. */
  readonly bell: BellMode;
  /** Whether to hide joins and leaves. */
  readonly quiet: boolean;
  /** Remembers the last notes seen; without it no line marks the new ones. */
  readonly seen?: ReadMarkerStore | undefined;
  /** Remembers who is ignored; without it they are until the program ends. */
  readonly ignored?: IgnoredStore | undefined;
}

/** An interactive chat without its looks: says what is typed, or runs the commands in it. */
export class FrontEnd implements CommandContext {
  readonly commands = SLASH_COMMANDS;
  readonly settings: Settings;
  readonly #options: FrontEndOptions;
  readonly #display: Display;
  readonly ignored: IgnoredPeople;
  readonly #rooms: OpenRooms;
  readonly #lines: LineHandler;
  #knownRooms: readonly string[] = [];
  #roomsToOpen: readonly string[];
  #leaving = false;

  /** Makes one that begins with a room that was joined. */
  constructor(first: FirstRoom, options: FrontEndOptions, display: Display) {
    const { addresses, moreRooms = [], zone, bell, quiet, seen, ignored: store } = options;
    this.#options = options;
    this.#roomsToOpen = moreRooms;
    this.#display = display;
    this.#lines = new LineHandler(this, display);
    const settings = this.settings = { bell, quiet };
    const onFailure = (what: string, error: unknown) => this.reportFailure(what, error);
    const markers = new PlaceMarkers({ addresses, seen, onFailure });
    const ignored = this.ignored = new IgnoredPeople({
      ...{ addresses, store, onFailure },
      onChange: (concerns) => this.#rooms.recheckMissed(concerns),
    });
    this.#rooms = new OpenRooms(first, { display, markers, zone, settings, ignored });
  }

  /**
   * Chats until the person leaves; returns the lines that were unanswered then.
   *
   * @throws {ChatError} when the server does not admit them to any room any more.
   */
  async run(): Promise<readonly string[]> {
    await this.ignored.load();
    const running = this.#rooms.run();
    void this.#openMore();
    await running;
    return await this.#lines.settle();
  }

  /** Opens the other rooms of the start. One that refuses is a line, and ends nothing. */
  async #openMore(): Promise<void> {
    const { last = DEFAULTS.last } = this.#options;
    await this.current.arrived;
    // In the order in which they were given, which numbers them.
    for (const room of this.#roomsToOpen) {
      try {
        await this.#rooms.open(room, last);
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        this.print(remark(`cannot join ${escapeName(room)}: ${escapeText(error.message)}`));
      }
      if (this.#leaving) return;
      this.#roomsToOpen = this.#roomsToOpen.slice(1);
      this.#display.update();
    }
  }

  /** The rooms of the start that are not open yet. */
  get roomsToOpen(): readonly string[] {
    return this.#roomsToOpen;
  }

  /** The room in view. */
  get current(): Conversation {
    return this.#rooms.current;
  }

  get openRooms(): readonly Conversation[] {
    return this.#rooms.all;
  }

  get transcript(): Transcript {
    return this.current.transcript;
  }

  get connected(): boolean {
    return this.current.connected;
  }

  /** Whether lines wait for the server: they are not said if the program ends now. */
  get isWaiting(): boolean {
    return this.#lines.isWaiting;
  }

  /** Leaves. Texts that are not answered within a moment are not said. */
  leave(): void {
    this.#leaving = true;
    this.#lines.leave();
    this.#rooms.leave();
  }

  print(...lines: readonly string[]): void {
    this.#display.show(lines.map(dimLine));
  }

  /** Handles a line that the person has typed, until it is answered. */
  handle(typed: string): Promise<void> {
    return this.#lines.handle(typed);
  }

  async say(text: string, options: SayOptions = {}, name?: string): Promise<void> {
    const room = name === undefined ? this.current : this.#rooms.named(name) ?? this.current;
    const where = room === this.current ? "" : ` in ${escapeName(room.room)}`;
    const to = options.to === undefined ? "" : ` to ${displayRecipient(options.to)} only`;
    if (!room.connected) this.print(remark(`to be sent${to}${where}: ${escapeText(text)}`));
    await room.say(text, options);
    // The room itself shows the note, if the person has gone there since.
    if (where !== "" && room !== this.current) {
      this.print(remark(`sent${to}${where}: ${escapeText(text)}`));
    }
  }

  async sayHere(text: string): Promise<void> {
    const to = this.current.correspondence.queryRecipient();
    await this.say(text, to === undefined ? {} : { kind: "whisper", to });
  }

  async reply(text: string): Promise<void> {
    const { to, room } = this.#rooms.lastPrivateNote.answer(text, this.current);
    await this.say(text, { kind: "whisper", to }, room.room);
  }

  get queried(): string | undefined {
    return this.current.correspondence.queried;
  }

  query(to: string | undefined): void {
    this.current.correspondence.query(to);
    this.print(
      remark(
        this.queried === undefined
          ? "you talk with everybody here again"
          : `what you type goes to ${this.queried} alone; /query returns to everybody`,
      ),
    );
  }

  rename(name: string): Promise<void> {
    return this.#rooms.rename(name);
  }

  async showHistory(count: number): Promise<void> {
    await this.current.move(
      { last: count },
      dimLine(rule(`the last ${formatCount(count, "note")}`)),
    );
  }

  async search(words: readonly string[]): Promise<void> {
    await showFound(this.current.chat, words, this.#foundView());
  }

  async showAround(seq: number): Promise<void> {
    await showAround(this.current.chat, seq, this.#foundView());
  }

  #foundView(): FoundView {
    const { current, transcript: { name: self } } = this;
    return {
      ...{ zone: this.#options.zone, self, show: (rows) => this.#rooms.show(current, rows) },
      isHidden: (note) => this.ignored.has(note) && !isOwn(note, self),
    };
  }

  async join(names: readonly string[]): Promise<void> {
    const { current } = this;
    if (names.length === 1 && isSameName(names[0]!, this.transcript.room)) {
      return this.print(remark(`you are already in ${escapeName(current.room)}`));
    }
    if (!this.connected && !names.every((name) => this.#rooms.named(name))) {
      throw new ChatError("unavailable", "There is no connection");
    }
    for (const [i, name] of names.entries()) {
      const room = await this.#rooms.open(name, DEFAULTS.last);
      // The first one, unless the person has gone elsewhere.
      if (room && i === 0 && this.current === current) this.#rooms.view(room);
    }
  }

  part(name: string): void {
    const room = this.#rooms.named(name);
    if (!room) return;
    if (this.openRooms.length === 1) {
      throw new ChatError("invalid", `${escapeName(room.room)} is your only room: /quit leaves`);
    }
    this.#rooms.close(room);
  }

  view(name: string): void {
    const room = this.#rooms.named(name);
    if (room) this.#rooms.view(room);
  }

  /** Puts the room of a number, from 1 on, in view, if there is one. */
  viewNumber(number: number): void {
    const room = this.openRooms[number - 1];
    if (room) this.#rooms.view(room);
  }

  /** The rooms of the server's last list. */
  get knownRooms(): readonly string[] {
    return this.#knownRooms;
  }

  async rooms(): Promise<RoomList> {
    const list = await this.current.chat.rooms();
    this.#knownRooms = list.rooms.map(({ name }) => name);
    return list;
  }

  order(command: ModerationCommand): Promise<ModerationResult> {
    return this.current.chat.order(command);
  }

  setTopic(text: string): Promise<void> {
    return this.current.chat.setTopic(text);
  }

  clear(): void {
    this.#display.clear();
  }

  quit(): void {
    this.#display.close();
  }

  /** Stores the last note seen in the room in view. */
  saveReadMarker(): Promise<void> {
    return this.#rooms.saveReadMarker();
  }

  /** Reports a failure that does not end the chat. */
  reportFailure(what: string, error: unknown): void {
    this.print(remark(`cannot ${what}: ${escapeText(errorMessage(error))}`));
  }
}

/** Formats the recipient of a private note as other people are shown. */
function displayRecipient(to: string): string {
  const guest = parseGuestName(to);
  return guest === undefined ? escapeName(to) : displayName({ name: guest, verified: false });
}
