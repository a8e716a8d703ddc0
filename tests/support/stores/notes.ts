import type { Draft } from "../../../room/note.ts";
import type { Log, ReadLimit } from "../../../room/state/log.ts";

/** The limit for reading everything that a test has. */
export const ALL: ReadLimit = { notes: 10_000, chars: Infinity };

/** Returns drafts from strings: `text`, or `text#id` for one with an id. */
export function drafts(...texts: string[]): Draft[] {
  return texts.map((text) => {
    const [message = "", id = ""] = text.split("#");
    return { id, name: "ann", message, kind: "said" };
  });
}

/** Reads notes of a log, and returns them as strings: the position and the text. */
export async function read(log: Log, from = 1, limit: ReadLimit = ALL): Promise<string[]> {
  return (await log.read(from, limit)).map(({ seq, message }) => `${seq} ${message}`);
}
