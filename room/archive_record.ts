import { foldName, type Note } from "./note.ts";
import type { OwnedName } from "./owned_name.ts";
import type { Sanction } from "./sanctions.ts";
import type { Topic } from "./topic.ts";

/** A history that a room comes from: the previous name of its positions. */
export interface Origin {
  /** Its name. */
  readonly history: string;
  /** The newest position common to both. */
  readonly head: number;
}

/** A room in an archive, without its notes, which follow it. */
export interface RoomRecord {
  /** Its name. */
  readonly room: string;
  /** The history of its positions. */
  readonly history: string;
  /** The position of the oldest kept note; `head + 1` if there is none. */
  readonly first: number;
  /** The newest position ever assigned. */
  readonly head: number;
  /** The histories it comes from. */
  readonly origins: readonly Origin[];
  /** Its topic; missing if nobody has ever set or locked one. */
  readonly topic?: Topic | undefined;
}

/** A note in an archive, with everything stored about it. */
export interface NoteRecord extends Note {
  /** The id given by its author; empty without one. */
  readonly id: string;
}

/** A record of an archive. */
export type ArchiveRecord =
  | { readonly type: "room"; readonly record: RoomRecord }
  | { readonly type: "note"; readonly record: NoteRecord; readonly room: string }
  | { readonly type: "name"; readonly record: OwnedName }
  | { readonly type: "sanction"; readonly record: Sanction };

/** What an archive has besides rooms and their notes. */
export interface AccessRecords {
  /** The owners of names, sorted. */
  readonly names: readonly OwnedName[];
  /** The bans and mutes, sorted. */
  readonly sanctions: readonly Sanction[];
}

/** Sorts records, so that the same ones always give the same archive. */
export function sortAccess({ names, sanctions }: AccessRecords): AccessRecords {
  const keyOf = ({ kind, principal }: Sanction) => `${kind} ${principal}`;
  return {
    names: names.toSorted((a, b) => compare(foldName(a.name), foldName(b.name))),
    sanctions: sanctions.toSorted((a, b) => compare(keyOf(a), keyOf(b))),
  };
}

/** Compares texts by their UTF-16 units. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
