import type { Note } from "../note.ts";
import { Wakeup, Wakeups } from "../wakeup.ts";
import type { Room } from "./room.ts";
import type { Segment } from "./segment.ts";

/** The position of a reader of all rooms in one of them. */
interface Followed extends Disposable {
  /** The position of the next note. */
  next: number;
}

/** The open rooms of a server, and the readers of all of them. */
export class OpenRooms implements Iterable<Room> {
  /** Each one's head when it was opened. */
  readonly #heads = new Map<Room, number>();
  readonly #wakeups = new Wakeups();

  [Symbol.iterator](): Iterator<Room> {
    return this.#heads.keys();
  }

  /** Adds a room that was opened. Readers begin after its head. */
  add(room: Room): void {
    this.#heads.set(room, room.head);
    this.#wakeups.notify();
  }

  /** Closes a room. Readers drop it. */
  close(room: Room): void {
    room.close();
    this.#heads.delete(room);
    this.#wakeups.notify();
  }

  /** Reads the public notes of all rooms from now on. Ends by throwing the reason of `signal`. */
  async *read(
    signal: AbortSignal,
  ): AsyncGenerator<{ room: string; notes: readonly Note[] }, never> {
    const wakeup = new Wakeup();
    const followed = new Map<Room, Followed>();
    const follow = (room: Room, head: number) => {
      followed.set(room, Object.assign(room.subscribe(wakeup), { next: head + 1 }));
    };
    for (const room of this) follow(room, room.head);
    using stack = new DisposableStack();
    stack.use(this.#wakeups.add(wakeup));
    stack.defer(() => {
      for (const each of followed.values()) each[Symbol.dispose]();
    });
    while (true) {
      for (const [room, head] of this.#heads) if (!followed.has(room)) follow(room, head);
      let anything = false;
      for (const [room, place] of followed) {
        signal.throwIfAborted();
        if (!this.#heads.has(room)) {
          place[Symbol.dispose]();
          followed.delete(room);
          continue;
        }
        const segment = await this.#segmentAt(room, place.next);
        if (!segment) continue;
        anything = true;
        place.next = segment.end;
        const notes = segment.notesFor(undefined);
        if (notes.length > 0) yield { room: room.name, notes };
      }
      if (!anything) await wakeup.wait(signal);
    }
  }

  /** Reads the notes of a room at a position; none if it is removed by then. */
  async #segmentAt(room: Room, next: number): Promise<Segment | undefined> {
    try {
      return await room.segmentAt(next);
    } catch (error) {
      if (this.#heads.has(room)) throw error;
      return undefined;
    }
  }
}
