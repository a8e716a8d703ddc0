import type { JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { checkName } from "../../room/note.ts";
import type { Room } from "../../room/state/room.ts";
import { formatNumber } from "../../text/number.ts";
import { checkKey } from "./key_list.ts";

/** The length of a client's secret, in characters: too long to guess. */
const CLIENT_CHARS = { min: 16, max: 64 };

/**
 * Checks the fields of a join.
 *
 * @throws {ChatError} `invalid`, if the name, the room, the client's secret or the key is.
 */
export function checkJoin({ name, room, client, unlisted, key }: JoinMessage): void {
  if (!(unlisted && name === "")) checkName(name);
  if (room !== "") checkName(room, "Room");
  const { min, max } = CLIENT_CHARS;
  if (client.length < min || client.length > max) {
    throw new ChatError(
      "invalid",
      `The client's secret has ${formatNumber(client.length)} characters: must be ${min} to ${max}`,
    );
  }
  if (key?.length) checkKey(key);
}

/**
 * Returns the position of the first note to send in a session.
 *
 * @param reader The identity for reading private notes; see `readerIdentity()`.
 */
export async function startPosition(
  { after, last, from, since, ago_ms }: JoinMessage,
  room: Room,
  reader: string | undefined,
): Promise<number> {
  if (after) return room.resume(after.history, after.seq);
  if (last !== undefined) return await room.visible.last(last, reader);
  if (from !== undefined) return Math.max(1, from);
  if (ago_ms !== undefined) return await room.firstWithin(ago_ms);
  return since === undefined ? 1 : await room.firstSince(since);
}
