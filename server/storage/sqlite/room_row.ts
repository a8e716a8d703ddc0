import type { SQLInputValue } from "node:sqlite";
import { encodeText } from "./values.ts";

/** For a row of rooms: the name of the room, in its creator's spelling. */
export const SPELLED_NAME = "coalesce(spelling, name)";

/** Returns the column `spelling` of the room with the folded name `folded`. */
export function toSpelling(folded: string, name: string): SQLInputValue {
  return name === folded ? null : encodeText(name);
}
