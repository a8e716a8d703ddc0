import type { Note } from "./note.ts";

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
}

/** A note in an archive, with everything stored about it. */
export interface NoteRecord extends Note {
  /** The id given by its author; empty without one. */
  readonly id: string;
}

/** A record of an archive. */
export type ArchiveRecord =
  | { readonly type: "room"; readonly record: RoomRecord }
  | { readonly type: "note"; readonly record: NoteRecord; readonly room: string };
