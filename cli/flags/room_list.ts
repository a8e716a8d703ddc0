import { isSameName } from "../../room/note.ts";
import { commonFlags } from "./common.ts";

const { room } = commonFlags;

/** The flag for one room or several, with commas between them. */
export const roomListFlag = {
  ...room,
  value: "ROOM[,...]",
  fallback: [room.fallback] as readonly string[],
  parse: (text: string): readonly string[] => {
    const rooms = text.split(",").map((name) => room.parse(name.trim()));
    const twice = rooms.find((name, i) =>
      rooms.slice(0, i).some((other) => isSameName(name, other))
    );
    if (twice !== undefined) throw new RangeError(`"${twice}" is there twice`);
    return rooms;
  },
};
