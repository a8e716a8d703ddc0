import { isKey } from "../room/identity.ts";
import type { Note } from "../room/note.ts";
import { fromWireKind, toWireKind } from "./enums.ts";
import type { NoteInit, NoteMessage } from "./messages.ts";

/**
 * The fields of all notes for their readers. The compiler requires any new field of a note here.
 */
type Content = Required<Omit<Note, "to" | "author" | "reader">>;

/** A note as its readers receive it. */
export interface ReceivedNote extends Content, Pick<Note, "to"> {
  /** Whether a private note went to the key that owned the recipient's name, if that is known. */
  readonly toVerified?: boolean;
}

/** Converts a note for the wire. Fields that only the server knows are not in the contract. */
export function toWireNote(note: Note): NoteInit {
  const sent = { ...note, kind: toWireKind(note.kind) };
  return note.reader === undefined ? sent : { ...sent, to_verified: isKey(note.reader) };
}

/**
 * Converts a note from the wire. It lists the fields, as copying the rest of an object is slower.
 */
export function fromWireNote(
  { seq, time, name, message, kind, to, verified, to_verified }: NoteMessage,
): ReceivedNote {
  const content: Content = { seq, time, name, message, kind: fromWireKind(kind), verified };
  if (to === "") return content;
  return to_verified === undefined
    ? { ...content, to }
    : { ...content, to, toVerified: to_verified };
}
