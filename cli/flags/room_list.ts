import { foldName, NAME_FORM } from "../../room/note.ts";
import type { Flag } from "../framework/flags.ts";
import { commonFlags } from "./common.ts";

/** The flag for one room or several, with commas between them. A room that is there twice counts once. */
export function roomListFlag({ help, max }: { readonly help: string; readonly max: number }): Flag<
  readonly string[]
> {
  const { room } = commonFlags;
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
