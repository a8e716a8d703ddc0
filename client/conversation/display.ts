import type { NoteRow, Row } from "../render/row.ts";
import type { Conversation } from "./conversation.ts";
import type { TranscriptOptions } from "./transcript.ts";

/** The place where a person reads and types, with one of their rooms in view. */
export interface Display {
  /** Shows rows in the room in view. */
  show(rows: readonly Row[]): void;
  /** Rings the bell for new notes of a room. */
  ring(room: Conversation, notes: readonly NoteRow[]): void;
  /** Puts another room in view, with the line begun there, and shows what was missed in it. */
  enter(room: Conversation, missed: readonly Row[]): void;
  /** Forgets a room that is closed. Returns the line begun there; empty if there is none. */
  forget(room: Conversation): string;
  /** Puts a refused text back to where it was typed, unless another one is there. */
  restore(text: string, room: Conversation): boolean;
  /** Returns the line begun in a room. */
  typed(room: Conversation): string;
  /** Called when the rooms, the news in them, or the recipient of typed lines have changed. */
  update(): void;
  /** Formats the lines above the notes of a room. */
  header(room: Parameters<TranscriptOptions["header"]>[0]): readonly string[];
  /** Clears what is shown of the room in view. */
  clear(): void;
  /** Closes the place where the person types, which leaves the chat. */
  close(): void;
}
