import type { JoinMessage } from "../../proto/mod.ts";
import type { Room } from "../../room/state/room.ts";

/**
 * Returns the position of the first note to send in a session.
 *
 * @param reader The identity for reading private notes; see `readerIdentity()`.
 * @param signal Ends the wait for a note that this server does not have yet.
 * @throws {ChatError} `unavailable`, if it is not certain whether such a note exists.
 */
export async function startPosition(
  join: JoinMessage,
  room: Room,
  reader: string | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { after, last } = join;
  if (after) {
    // The reader may come from a server that is ahead. Without its position, the session would
    // start over with the oldest note.
    await room.reach(after.history, after.seq, signal);
    return room.resume(after.history, after.seq);
  }
  if (last !== undefined) return await room.visible.last(last, reader);
  return await sincePosition(join, room);
}

/** Returns the position that a start or a search names, or that of the first note from a time on. */
export async function sincePosition(
  { from, since, ago_ms }: Pick<JoinMessage, "from" | "since" | "ago_ms">,
  room: Room,
): Promise<number> {
  if (from !== undefined) return Math.max(1, from);
  if (ago_ms !== undefined) return await room.firstWithin(ago_ms);
  return since === undefined ? 1 : await room.firstSince(since);
}
