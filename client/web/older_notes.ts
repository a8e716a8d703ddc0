import type { Position, ShownNote } from "../chat.ts";
import { SessionChat, type SessionChatOptions } from "../session/session_chat.ts";

/** The options of {@linkcode readOlder}. */
export type OlderOptions = Pick<
  SessionChatOptions,
  "dial" | "addresses" | "name" | "room" | "identity" | "password" | "timeoutMs" | "signal"
>;

/** Notes before those that are shown. */
export interface OlderNotes {
  /** The notes, in order. */
  readonly notes: readonly ShownNote[];
  /** The position before which to continue; undefined if there are no older notes. */
  readonly next: number | undefined;
}

/** The positions that are read at once. */
const COUNT = 100;

/**
 * Reads the notes before a position in a separate session, so that the chat continues. It is
 * no member of the room. Without a key it has no name either, as the notes of its own name are
 * for others.
 *
 * @throws {ChatError} if the server cannot be reached, or does not admit this session.
 */
export async function readOlder(
  { history, seq }: Position,
  { name, identity, ...options }: OlderOptions,
): Promise<OlderNotes> {
  const from = Math.max(1, seq - COUNT);
  const chat = await SessionChat.join({
    ...options,
    name: identity ? name : "",
    identity,
    start: { from },
    unlisted: true,
    wait: false,
    untilNow: false,
    meet: undefined,
  });
  const notes: ShownNote[] = [];
  let isFirst = from === 1;
  /** The notes up to the newest one that are still to come, if the server says so. */
  let coming = Infinity;
  reading: for await (const event of chat.events()) {
    switch (event.type) {
      case "connected":
        // Another history has other notes at these positions.
        if (event.head?.history !== history) return { notes: [], next: undefined };
        coming = event.pending?.count ?? Infinity;
        break;
      case "disconnected":
        return { notes: [], next: seq }; // The next attempt starts over.
      case "lost":
        isFirst = true; // What is older has been removed.
        coming -= event.count;
        break;
      case "notes":
        coming -= event.notes.length;
        notes.push(...event.notes.filter((note) => note.seq !== undefined && note.seq < seq));
        if (event.notes.at(-1)!.seq! >= seq - 1) break reading;
    }
    if (coming <= 0) break;
  }
  return { notes, next: isFirst ? undefined : from };
}
