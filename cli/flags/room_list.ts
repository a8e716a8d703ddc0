import { foldName, NAME_FORM } from "../../room/note.ts";
import type { Context } from "../framework/command.ts";
import { UsageError } from "../framework/exit.ts";
import type { Flag } from "../framework/flags.ts";
import { commonFlags } from "./common.ts";

const { room } = commonFlags;

/** The options of {@linkcode roomListFlag}. */
interface RoomListOptions {
  readonly help: string;
  /** The most rooms. Default 64: they fit on one connection. */
  readonly max?: number;
}

/** `--room` for one room or several, with commas between them. A repeated room counts once. */
export function roomListFlag({ help, max = 64 }: RoomListOptions): Flag<readonly string[]> {
  return {
    ...room,
    value: "ROOM[,...]",
    help,
    bounds: `up to ${max} rooms, each ${NAME_FORM}`,
    fallback: [room.fallback],
    parse: (text) => {
      const rooms = new Map<string, string>();
      for (const each of text.split(",")) {
        const name = room.parse(each.trim());
        rooms.set(foldName(name), name);
      }
      if (rooms.size > max) throw new RangeError(`must be up to ${max} rooms`);
      return [...rooms.values()];
    },
  };
}

/**
 * Checks that `--all` and `--room` are not both given. `CHAT_ROOM` says which room it is by default,
 * and no more.
 *
 * @throws {UsageError} for both.
 */
export function checkAllRooms(
  flag: Flag<readonly string[]>,
  values: { readonly all: boolean; readonly room: readonly string[] },
  { env }: Pick<Context, "env">,
): void {
  if (!values.all || values.room === flag.fallback || env(room.env)) return;
  throw new UsageError("--all means all rooms: omit --room");
}
