import { ChatError, errorMessage } from "../../room/errors.ts";
import { escapeName, foldName, isSameName, nameInSentence } from "../../room/note.ts";
import { escapeText } from "../../text/escape.ts";
import { remark } from "../render/render.ts";
import { dimLine, isForReader, line, type NoteRow, type Row } from "../render/row.ts";
import { MAX_OPEN_ROOMS } from "./commands/open_room.ts";
import type { NamedPerson } from "./commands/slash_command.ts";
import { Conversation, type Location, withoutAddress } from "./conversation.ts";
import type { Display } from "./display.ts";
import { LastPrivateNote } from "./last_private_note.ts";
import type { PlaceMarkers } from "./place_markers.ts";
import { type News, Transcript, type TranscriptOptions } from "./transcript.ts";

/** The options of {@linkcode OpenRooms}. */
export interface OpenRoomsOptions extends Pick<TranscriptOptions, "zone" | "settings" | "ignored"> {
  /** Shows the room in view. */
  readonly display: Display;
  /** The last notes seen in all rooms. */
  readonly markers: PlaceMarkers;
}

/** The first room. */
export interface FirstRoom extends Location, Pick<TranscriptOptions, "seen"> {
  /** The room as the person has spelled it. */
  readonly room: string;
}

/** The rooms that a person has open, each a session of its own, and the one in view. */
export class OpenRooms {
  readonly #options: OpenRoomsOptions;
  /** The last private note of all of them. */
  readonly lastPrivateNote: LastPrivateNote<Conversation>;
  /** The rooms that are being joined, by folded name, and how to stop that. */
  readonly #opening = new Map<string, AbortController>();
  /** Resolves after the last join or change of name that was asked for. */
  #turn: Promise<unknown> = Promise.resolve();
  #rooms: readonly Conversation[];
  #current: Conversation;
  /** Former rooms in view, the latest last. */
  #visited: Conversation[] = [];
  #left = false;
  readonly #finished = Promise.withResolvers<void>();

  /** Begins with one room. */
  constructor({ seen, ...first }: FirstRoom, options: OpenRoomsOptions) {
    this.#options = options;
    this.lastPrivateNote = new LastPrivateNote({
      rooms: () => this.#rooms,
      typed: (room) => options.display.typed(room),
    });
    this.#current = this.#conversation(first, seen);
    this.#rooms = [this.#current];
  }

  /** The room in view. */
  get current(): Conversation {
    return this.#current;
  }

  /** All open rooms, in the order in which they were opened. */
  get all(): readonly Conversation[] {
    return this.#rooms;
  }

  /**
   * Shows what happens until the person has left all rooms.
   *
   * @throws {ChatError} when the server does not admit them to the last room any more.
   */
  async run(): Promise<void> {
    this.#options.display.enter(this.#current, []);
    void this.#follow(this.#current);
    await this.#finished.promise;
    await this.saveReadMarker();
  }

  /** Leaves all rooms. */
  leave(): void {
    this.#left = true;
    for (const opening of this.#opening.values()) opening.abort();
    for (const room of this.#rooms) room.leave();
  }

  /** The open room of that name; undefined if there is none. */
  named(name: string): Conversation | undefined {
    return this.#rooms.find(({ room }) => isSameName(room, name));
  }

  /**
   * Opens a room out of view, unless it is open already; returns it. Returns undefined if the
   * person leaves meanwhile.
   *
   * @param last The number of its newest notes to start with.
   * @throws {ChatError} when the server does not admit them, or cannot be reached.
   */
  async open(name: string, last: number): Promise<Conversation | undefined> {
    const open = this.named(name);
    if (open) return open;
    const key = foldName(name);
    this.#checkOpening(name);
    const left = new AbortController();
    this.#opening.set(key, left);
    try {
      return await this.#inTurn(() => this.#join(name, last, left));
    } catch (error) {
      if (this.#left) return undefined;
      throw withoutAddress(error);
    } finally {
      this.#opening.delete(key);
    }
  }

  async #join(name: string, last: number, left: AbortController): Promise<Conversation> {
    const { chat, transcript } = this.#current;
    const seen = await this.#options.markers.load(name, transcript.name ?? "");
    const opened = await chat.open({ room: name, last, signal: left.signal });
    const room = this.#conversation({ chat: opened, left, room: name }, seen);
    this.#rooms = [...this.#rooms, room];
    void this.#follow(room);
    if (this.#left) room.leave();
    this.#options.display.update();
    return room;
  }

  /** Joins and changes of name wait for each other, so that no room is joined under a former name. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run);
    this.#turn = done.catch(() => {});
    return done;
  }

  #checkOpening(name: string): void {
    if (this.#opening.has(foldName(name))) {
      throw new ChatError("unavailable", `The join of room "${name}" is still under way`);
    }
    if (this.#rooms.length + this.#opening.size >= MAX_OPEN_ROOMS) {
      throw new ChatError("invalid", `At most ${MAX_OPEN_ROOMS} rooms can be open at once`);
    }
  }

  /** Puts an open room in view. */
  view(room: Conversation): void {
    const former = this.#current;
    if (room === former || !this.#rooms.includes(room)) return;
    void this.saveReadMarker();
    const isFirstView = !this.#visited.includes(room);
    this.#visited = [...this.#visited.filter((other) => other !== room), former];
    this.#current = room;
    const { display } = this.#options;
    display.enter(room, room.missed.take(room.transcript, isFirstView));
    const isNews = room.transcript.room !== undefined && former.connected;
    if (!room.connected && isNews) display.show([dimLine(remark("no connection, retrying"))]);
    display.update();
  }

  /** Shows rows in a room: at once, or when the person comes back to it. */
  show(room: Conversation, rows: readonly Row[]): void {
    if (room === this.#current) this.#options.display.show(rows);
    else room.missed.add({ all: rows, fresh: [], presence: [], hidden: new Map() });
  }

  /**
   * Hides or shows what the person has not looked at yet, after they have changed whom they ignore.
   *
   * @param concerns Returns whether the change is about somebody.
   */
  recheckMissed(concerns: (person: NamedPerson) => boolean): void {
    for (const { missed, transcript } of this.#rooms) {
      missed.recheck(({ note }) => concerns(note) ? transcript.isHidden(note) : undefined);
    }
    this.#options.display.update();
  }

  /** Leaves a room. */
  close(room: Conversation): void {
    room.leave();
    this.#remove(room);
  }

  /**
   * Changes the person's name in all rooms, or in none.
   *
   * @throws {ChatError} when a room refuses it. It says where they could not take the former name
   * again.
   */
  rename(name: string): Promise<void> {
    return this.#inTurn(() => this.#rename(name));
  }

  async #rename(name: string): Promise<void> {
    const current = this.#current;
    const before = current.transcript.name;
    const renamed: Conversation[] = [];
    for (const room of [current, ...this.#rooms.filter((other) => other !== current)]) {
      try {
        await room.move({ name });
        renamed.push(room);
      } catch (error) {
        if (!(error instanceof ChatError) || room === current || before === undefined) throw error;
        const kept = await keepingName(renamed, before);
        const still = kept.length > 0 ? `; you keep the new name in ${kept.join(", ")}` : "";
        throw new ChatError(error.code, `in ${escapeName(room.room)}: ${error.message}${still}`);
      }
    }
  }

  /** Stores the last note seen in the room in view. */
  saveReadMarker(): Promise<void> {
    return this.#options.markers.save(this.#current.transcript);
  }

  #conversation(
    { room, ...location }: Location & { readonly room: string },
    seen: TranscriptOptions["seen"],
  ): Conversation {
    const { display, zone, settings, ignored } = this.#options;
    const header: TranscriptOptions["header"] = (event) => display.header(event);
    const conversation: Conversation = new Conversation({
      location,
      room,
      transcript: new Transcript({
        ...{ seen, zone, header, now: Date.now },
        ...settings && { settings },
        ...ignored && { ignored },
        onPrivate: (note) => this.lastPrivateNote.hear(note, conversation),
      }),
      onRecipient: () => display.update(),
      onNews: (news) => this.#report(conversation, news),
    });
    return conversation;
  }

  async #follow(room: Conversation): Promise<void> {
    let failure: { error: unknown } | undefined;
    try {
      await room.run();
    } catch (error) {
      failure = { error };
    }
    if (!this.#rooms.includes(room)) return;
    if (this.#rooms.length > 1) return this.#remove(room, failure);
    if (failure) this.#finished.reject(failure.error);
    else this.#finished.resolve();
  }

  /** Removes a room that is not the last one, and says why if the person has not left it. */
  #remove(room: Conversation, failure?: { readonly error: unknown }): void {
    const { display } = this.#options;
    if (room === this.#current && !this.#left) {
      const index = this.#rooms.indexOf(room);
      const next = this.#visited.at(-1) ?? this.#rooms[index + 1] ?? this.#rooms[index - 1]!;
      this.view(next);
    }
    this.#rooms = this.#rooms.filter((other) => other !== room);
    this.#visited = this.#visited.filter((other) => other !== room);
    if (this.#left) return;
    const name = escapeName(room.room);
    const draft = display.forget(room);
    const reason = failure && escapeText(errorMessage(withoutAddress(failure.error)));
    display.show([
      failure
        ? line(remark(`${name} is closed: ${reason}`))
        : dimLine(remark(`you have left ${name}`)),
      ...draft === "" ? [] : [line(remark(`not sent in ${name}: ${escapeText(draft)}`))],
    ]);
    display.update();
  }

  #report(room: Conversation, news: News): void {
    const { display } = this.#options;
    if (room === this.#current) display.show(news.rows);
    else {
      const isFirst = room.missed.mentions === 0;
      room.missed.add(news);
      const mention = isFirst ? news.fresh.find(isForReader) : undefined;
      if (mention) display.show([dimLine(remark(mentionWords(room.room, mention)))]);
    }
    if (news.bell) display.ring(room, news.fresh);
    display.update();
  }
}

/** Takes a former name again in some rooms; returns the names of those that do not allow it. */
async function keepingName(rooms: readonly Conversation[], name: string): Promise<string[]> {
  const moves = await Promise.allSettled(rooms.map((room) => room.move({ name })));
  return rooms.filter((_, i) => moves[i]!.status === "rejected").map(({ room }) =>
    escapeName(room)
  );
}

/** Says once that a note in a room out of view is for the person. */
function mentionWords(room: string, { note }: NoteRow): string {
  const what = note.to === undefined ? "mentions you" : "writes to you";
  return `${escapeName(room)}: ${nameInSentence(note)} ${what}`;
}
