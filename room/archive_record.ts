import type { Note } from "./note.ts";

/** A history that a room comes from: what its positions were called before. */
export interface Origin {
  /** Its name. */
  readonly history: string;
  /** The newest position that means the same in both. */
  readonly head: number;
}

/** A room as an archive has it: all but the notes, which follow it. */
export interface RoomRecord {
  /** Its name. */
  readonly room: string;
  /** The history that its positions belong to. */
  readonly history: string;
  /** The position of the oldest note that is kept; `head + 1` if there is none. */
  readonly first: number;
  /** The newest position ever given. */
  readonly head: number;
  /** The histories that it comes from. */
  readonly origins: readonly Origin[];
}

/** A note as an archive has it: with all that is kept of it. */
export interface NoteRecord extends Note {
  /** The id that its author gave it; empty if none. */
  readonly id: string;
}

/** What an archive consists of. */
export type ArchiveRecord =
  | { readonly type: "room"; readonly record: RoomRecord }
  | { readonly type: "note"; readonly record: NoteRecord; readonly room: string };
