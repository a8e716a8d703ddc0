import { createHash } from "node:crypto";
import type { Topic } from "../../../room/topic.ts";
import type { StateValue } from "./state.ts";

/** The start of the keys of rooms in the state that servers share. */
export const ROOM_PREFIX = "room.";

/** What all servers know of a room. It is stored before the room's first note, or with its topic. */
export interface RoomRecord {
  /** The folded name. */
  readonly room: string;
  /** The name in its creator's spelling; undefined once the room is removed. */
  readonly name?: string | undefined;
  /** The position of the last removal of an earlier room of this name. Default: there is none. */
  readonly removed?: number | undefined;
  /** Why it is removed, in words for the people in it. */
  readonly words?: string | undefined;
  /** The history of its notes. Default: that of `historyOf()`. */
  readonly history?: string | undefined;
  /**
   * Whether its first note is stored. From then on the journal has an entry of it, as retention keeps
   * the newest one. Default: it may not be.
   */
  readonly hasNotes?: boolean | undefined;
  /** The histories that it continues. Default: none. */
  readonly origins?: readonly (readonly [history: string, head: number])[] | undefined;
  /** The topic. Default: nobody has set or locked one. */
  readonly topic?: Topic | undefined;
}

/** A stored record, and its position. */
export interface StoredRecord extends StateValue {
  readonly value: RoomRecord;
}

/** The position of the last removal of a room; 0 if there is none. */
export function lastRemoval(stored: StoredRecord | undefined): number {
  if (!stored) return 0;
  return stored.value.name === undefined ? stored.seq : stored.value.removed ?? 0;
}

/**
 * The history of a room: the same on all servers without anything being stored, and another one
 * after a removal.
 */
export function historyOf(id: Uint8Array, room: string, removal: number): string {
  const text = JSON.stringify([room, removal]); // Keeps half a character apart from others.
  return createHash("sha256").update(id).update(text).digest("base64url");
}
