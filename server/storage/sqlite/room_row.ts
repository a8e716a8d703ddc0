import type { SQLInputValue } from "node:sqlite";
import { encodeText } from "./values.ts";

/** For a row of rooms: the name of the room, in its creator's spelling. */
export const SPELLED_NAME = "coalesce(spelling, name)";

/** Returns the column `spelling` of the room with the folded name `folded`. */
export function toSpelling(folded: string, name: string): SQLInputValue {
  return name === folded ? null : encodeText(name);
}

/** A batch in the servers' journal. */
export interface BatchMark {
  /** Its position there. */
  readonly place: number;
  /** Tells it from any other batch that the position may have later, if the journal lost it. */
  readonly attempt: string;
}

/** The extent of a log. */
export interface LogExtent {
  readonly head: number;
  readonly first: number;
  /** The size of the kept messages, in bytes of UTF-8. */
  readonly bytes: number;
  /** The oldest position for which it is known whether it is a private note. */
  readonly known: number;
  /** The newest batch of a replica; undefined if there is none. */
  readonly mark: BatchMark | undefined;
}

/** The part of a log's row that only a replica has. */
export interface ReplicaRow {
  /** Its newest batch; undefined if it is empty. */
  readonly mark: BatchMark | undefined;
  /** The note after which it began. */
  readonly start: number;
  /** Stores its origins, in the transaction of its first batch. */
  readonly make: () => void;
  /** Stores which batch is the newest one, in the transaction of that. */
  readonly save: (mark: BatchMark) => void;
}

/** A log's row, and its first position. */
export interface LogRow extends Omit<LogExtent, "known" | "mark"> {
  readonly id: number;
  /** The room's folded name, as stored. */
  readonly name: SQLInputValue;
  /** Returns its spelling, as stored with its first note. */
  readonly spelling: () => SQLInputValue;
  readonly history: string;
  readonly origins: ReadonlyMap<string, number>;
  /** Set if this is a replica of a log that several servers share. */
  readonly replica?: ReplicaRow;
}
