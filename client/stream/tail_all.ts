import { ChatError } from "../../room/errors.ts";
import { foldName } from "../../room/note.ts";
import { MAX_LISTED_ROOMS, type RoomList } from "../../room/room_list.ts";
import { formatCount } from "../../text/number.ts";
import type { Chat, ChatEvent } from "../chat.ts";
import { sleep } from "../net/backoff.ts";
import { remark } from "../render/render.ts";
import { ConnectionReport, Outage } from "./connection_report.ts";
import { NotePrinter } from "./note_printer.ts";
import { printNotes } from "./tail.ts";
import { labelled, type TailRoomsOptions } from "./tail_rooms.ts";

/**
 * The rooms whose old notes are read at the same time. While the output is slow, no others begin, so
 * that memory is bounded however many rooms there are.
 */
const MAX_CATCHING_UP = 8;

/** The options of {@linkcode tailAll}. */
export interface TailAllOptions extends TailRoomsOptions {
  /** Joins a room that must exist. */
  readonly joinRoom: (room: string, options: JoinRoomOptions) => Promise<Chat>;
  /** The pause before the server is asked for its rooms again, in milliseconds. Default: 2,000. */
  readonly listMs?: number;
}

/** How to join a room. */
export interface JoinRoomOptions {
  /** Whether the room was made after the beginning, so that all of its notes are new. */
  readonly isNew: boolean;
  /** Leaves the room when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Prints the notes of all rooms of a server, in the order in which they arrive, and those of rooms
 * that are made later, until it is left, `count` notes are printed or, with `untilNow`, all rooms
 * have ended. A room that is removed is reported, and the others go on.
 *
 * @param lister A chat by which the server is asked for its rooms. Its notes are not printed.
 * @throws {ChatError} when the server does not admit `lister` any more, or has no list of rooms;
 *   with `untilNow`, once it has ended a room before its newest note.
 * @throws {Error} if `print` does.
 */
export async function tailAll(lister: Chat, options: TailAllOptions): Promise<void> {
  using printer = new NotePrinter(options);
  const rooms = new AllRooms(printer, options);
  const listening = rooms.listen(lister);
  await rooms.followAll(lister);
  await rooms.ended();
  options.left.abort();
  await listening;
  rooms.checkError();
  printer.checkReader();
}

/** A room that is followed. */
interface FollowedRoom {
  readonly name: string;
  readonly left: AbortController;
  /** What to report when it is gone. It is reported earlier if the server refuses the room. */
  problem: string | undefined;
  /** Whether the server has ended it, so that a room of this name is another one. */
  isOver: boolean;
}

/** The rooms of a server as they come and go. */
class AllRooms {
  readonly #printer: NotePrinter;
  readonly #options: TailAllOptions;
  readonly #outage: Outage;
  /** The rooms by their folded names. */
  readonly #rooms = new Map<string, FollowedRoom>();
  /** The rooms that have been there from the beginning; undefined before the first list. */
  #old: Set<string> | undefined;
  /** The rooms that have not begun. */
  readonly #waiting: FollowedRoom[] = [];
  #catchingUp = 0;
  readonly #running = new Set<Promise<void>>();
  /** Why everything has ended. */
  #failure: { readonly error: unknown } | undefined;
  #isPartial = false;

  constructor(printer: NotePrinter, options: TailAllOptions) {
    this.#printer = printer;
    this.#options = options;
    this.#outage = new Outage(options.report);
  }

  /** Reports on the connection of `lister` until it has ended, with which everything ends. */
  async listen(lister: Chat): Promise<void> {
    const connection = new ConnectionReport(this.#options.report, this.#outage);
    try {
      for await (const event of lister.events()) connection.record(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Follows the rooms that the server lists: now, and from now on unless `untilNow` is set. */
  async followAll(lister: Chat): Promise<void> {
    const { untilNow, left: { signal }, listMs = 2_000 } = this.#options;
    while (!signal.aborted) {
      const list = await lister.rooms().catch((error) => this.#handleNoList(error));
      if (signal.aborted) return;
      if (list) this.#update(list);
      if (list && untilNow) return;
      await sleep(listMs, signal);
    }
  }

  /** Resolves once all rooms have ended. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Throws the error that has ended everything, if one has. */
  checkError(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#options.left.abort();
  }

  #handleNoList(error: unknown): undefined {
    if (error instanceof ChatError && error.code === "unavailable") return; // It connects again.
    const isOriginal = error instanceof ChatError && error.code === "unsupported";
    const why = "This server speaks the original contract: it has one room (omit --all)";
    this.#fail(isOriginal ? new ChatError("invalid", why, { cause: error }) : error);
  }

  #update({ rooms, more }: RoomList): void {
    const listed = new Map(rooms.map(({ name }) => [foldName(name), name]));
    this.#old ??= new Set(listed.keys());
    for (const [key, room] of this.#rooms) {
      if (room.isOver || more === 0 && !listed.has(key)) this.#drop(key, room);
    }
    for (const [key, name] of listed) {
      if (!this.#rooms.has(key) && this.#rooms.size < MAX_LISTED_ROOMS) this.#add(key, name);
    }
    if (more > 0 && !this.#isPartial) {
      const [rooms, bound] = [more, MAX_LISTED_ROOMS].map((count) => formatCount(count, "room"));
      this.#options.report(remark(`${rooms} more than the ${bound} that can be followed at once`));
    }
    this.#isPartial = more > 0;
  }

  /** Stops following a room that is gone. It may come back as a new one. */
  #drop(key: string, { name, left, problem }: FollowedRoom): void {
    this.#rooms.delete(key);
    this.#old!.delete(key); // There was a list.
    left.abort();
    if (problem !== undefined) labelled(name, this.#options.report)(remark(problem));
  }

  #add(key: string, name: string): void {
    const left = new AbortController();
    const room = { name, left, problem: "the room is gone", isOver: false };
    this.#rooms.set(key, room);
    this.#waiting.push(room);
    this.#beginNext();
  }

  /** Begins with rooms that wait, as far as they may catch up at the same time. */
  #beginNext(): void {
    while (this.#catchingUp < MAX_CATCHING_UP) {
      const room = this.#waiting.shift();
      if (!room) return;
      this.#catchingUp++;
      let isBehind = true;
      const running = this.#follow(room, () => {
        if (!isBehind) return;
        isBehind = false;
        this.#catchingUp--;
        this.#beginNext();
      });
      this.#running.add(running);
      void running.then(() => this.#running.delete(running));
    }
  }

  /** Follows a room until it ends. Calls `onCaughtUp` when its old notes are printed, or it ends. */
  async #follow(room: FollowedRoom, onCaughtUp: () => void): Promise<void> {
    const { left, report } = this.#options;
    const connection = new ConnectionReport(labelled(room.name, report), this.#outage);
    const leave = () => room.left.abort();
    left.signal.addEventListener("abort", leave, { once: true });
    if (left.signal.aborted) leave();
    let isJoined = false;
    try {
      const chat = await this.#join(room);
      if (!chat) return;
      isJoined = true;
      const behind = new Behind();
      await printNotes(chat, this.#printer, {
        ...this.#options,
        left: room.left,
        onEvent: (event) => {
          connection.record(event);
          if (behind.record(event) <= 0) onCaughtUp();
        },
      });
    } catch (error) {
      if (!room.left.signal.aborted) this.#handleEnd(error, room, isJoined);
    } finally {
      left.signal.removeEventListener("abort", leave);
      connection.close();
      onCaughtUp();
    }
  }

  /**
   * Joins a room, as soon as the server is there and does not limit joins. Returns undefined if the
   * room is gone by then.
   */
  async #join(room: FollowedRoom): Promise<Chat | undefined> {
    const isNew = !this.#old!.has(foldName(room.name)); // A room is on a list first.
    const { signal } = room.left;
    while (!signal.aborted) {
      try {
        return await this.#options.joinRoom(room.name, { isNew, signal });
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        if (error.code === "missing") {
          room.problem = undefined;
          room.isOver = true;
          return undefined;
        }
        if (error.code !== "unavailable") throw error;
      }
    }
    return undefined;
  }

  /** Handles that the server has ended a room, or refuses it. */
  #handleEnd(error: unknown, room: FollowedRoom, isJoined: boolean): void {
    if (!(error instanceof ChatError) || this.#options.untilNow) return this.#fail(error);
    room.problem = error.message;
    room.isOver = isJoined;
    if (isJoined) return; // Reported unless `lister` ends too.
    labelled(room.name, this.#options.report)(remark(error.message));
    room.problem = undefined;
  }
}

/** The notes up to the newest one at the time of connecting that have not arrived. */
class Behind {
  #count = 0;

  /** Records an event, and returns the number afterwards. */
  record(event: ChatEvent): number {
    if (event.type === "connected") this.#count = event.pending?.count ?? 0;
    else if (event.type === "notes") this.#count -= event.notes.length;
    else if (event.type === "lost") this.#count -= event.count;
    else if (event.type === "disconnected") this.#count = 0;
    return this.#count;
  }
}
