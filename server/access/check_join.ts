import type { JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { checkName } from "../../room/note.ts";
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
