import { ChatError } from "../../room/errors.ts";
import { isSameName } from "../../room/note.ts";
import type { Chat, SearchOptions, ShownNote } from "../chat.ts";

/** A note that was found, and its room. */
export interface FoundNote {
  readonly note: ShownNote;
  /** The room as the server spells it. */
  readonly room: string;
}

/** The options for searching rooms. */
export interface SearchRoomsOptions {
  readonly search: SearchOptions & { readonly limit: number };
  /** The rooms; all of the server if undefined. */
  readonly rooms: readonly string[] | undefined;
  /** Leaves the chats. */
  readonly left: AbortController;
}

/** A chat in one of the rooms. */
interface Place {
  readonly chat: Chat;
  /** The room as the server spells it. */
  readonly room: string;
}

/**
 * Searches rooms one after another, and yields what is found, newest first: as the server finds it
 * in a single room, and once all are searched in several. Returns whether older notes may match too.
 *
 * @param chat A chat in the first of the rooms, which is left at the end; in any room for all.
 * @throws {ChatError} if the server cannot search or refuses to, or a room does not exist.
 */
export async function* searchRooms(
  chat: Chat,
  { search, rooms, left }: SearchRoomsOptions,
): AsyncGenerator<FoundNote, boolean, void> {
  let here = await arrive(chat);
  const names = rooms ?? (await chat.rooms()).rooms.map(({ name }) => name);
  if (names.length === 1 && isSameName(names[0]!, here.room)) {
    const { more } = yield* searchRoom(here, search);
    return more;
  }
  const found: FoundNote[] = [];
  let hasMore = false;
  for (const name of names) {
    if (!isSameName(name, here.room)) {
      try {
        here = await arrive(await here.chat.move({ room: name, last: 0, signal: left.signal }));
      } catch (error) {
        // A room of the server's list may be gone by now.
        const isGone = !rooms && error instanceof ChatError && error.code === "missing";
        if (!isGone) throw error;
        continue;
      }
    }
    const searching = searchRoom(here, search);
    let next = await searching.next();
    for (; !next.done; next = await searching.next()) found.push(next.value);
    if (next.value.more) hasMore = true;
  }
  found.sort((a, b) => (b.note.time ?? 0) - (a.note.time ?? 0));
  yield* found.slice(0, search.limit);
  return hasMore || found.length > search.limit;
}

async function* searchRoom({ chat, room }: Place, search: SearchOptions) {
  const searching = chat.search(search);
  let next = await searching.next();
  for (; !next.done; next = await searching.next()) yield { note: next.value, room };
  return next.value;
}

/** Waits until a chat is connected, and passes over its other events. */
async function arrive(chat: Chat): Promise<Place> {
  const events = chat.events()[Symbol.asyncIterator]();
  const { value } = await events.next();
  if (value?.type !== "connected") throw new ChatError("unavailable", "The chat has ended");
  void (async () => {
    try {
      while (!(await events.next()).done);
    } catch {
      // The search fails for the same reason.
    }
  })();
  return { chat, room: value.room };
}
