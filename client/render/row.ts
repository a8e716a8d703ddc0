import { isSameName } from "../../room/note.ts";
import type { ShownNote } from "../chat.ts";
import type { TextRange } from "./mention.ts";
import { renderNote, type View } from "./render.ts";

/** A note in a transcript. */
export interface NoteRow {
  readonly type: "note";
  /** The note. */
  readonly note: ShownNote;
  /** The reader's name when it arrived. */
  readonly self: string | undefined;
  /** The places where it mentions the reader. */
  readonly named: readonly TextRange[];
}

/** A note that is shown again, out of its place, with its position. */
export interface FoundRow extends Omit<NoteRow, "type"> {
  readonly type: "found";
}

/** A line about the chat in a transcript. */
export interface LineRow {
  readonly type: "line";
  /** The line, safe for a terminal. */
  readonly text: string;
  /** Whether it asks for no attention. */
  readonly dim: boolean;
  /** Whether new notes follow. Default false. */
  readonly isFresh?: boolean;
  /** Whether it only matters now: it is not kept for somebody who looks at the room later. */
  readonly passing?: boolean;
  /** The date of the notes after it, as `2026-11-22`, if it announces that. */
  readonly day?: string;
}

/** A part of a transcript, which a terminal draws as rows of text, and a page as elements. */
export type Row = NoteRow | FoundRow | LineRow;

/** Makes a line that asks for attention. */
export function line(text: string): LineRow {
  return { type: "line", text, dim: false };
}

/** Makes a line that asks for none. */
export function dimLine(text: string): LineRow {
  return { type: "line", text, dim: true };
}

/** Makes the line in front of new notes. */
export function freshLine(text: string): LineRow {
  return { ...line(text), isFresh: true };
}

/** Makes a line that asks for no attention, and only matters now. */
export function passingLine(text: string): LineRow {
  return { ...dimLine(text), passing: true };
}

/** Whether a note is for its reader: it mentions them, or is a private note to them. */
export function isForReader({ note, self, named }: Omit<NoteRow, "type">): boolean {
  return named.length > 0 || isSameName(note.to ?? "", self);
}

/** Formats a part of a transcript as rows of text, safe for a terminal. */
export function renderRow(row: Row, view: Omit<View, "self">): string[] {
  if (row.type === "line") {
    const { dim, fresh } = view.style;
    return [row.dim ? dim(row.text) : row.isFresh ? fresh(row.text) : row.text];
  }
  const { note, self, named } = row;
  const place = row.type === "found" ? positionOf(note) : undefined;
  return renderNote(note, { ...view, self, place }, named);
}

/** Formats the position of a note, as commands take it; undefined if it is unknown. */
export function positionOf({ seq }: ShownNote): string | undefined {
  return seq === undefined ? undefined : `#${seq}`;
}
