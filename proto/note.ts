import { isKey } from "../room/identity.ts";
import type { Note } from "../room/note.ts";
import { fromWireKind, toWireKind } from "./enums.ts";
import type { NoteInit, NoteMessage } from "./messages.ts";

/** A note as its readers receive it. */
export interface ReceivedNote extends Omit<Note, "author" | "reader"> {
  readonly verified: boolean;
  /** Whether a private note went to the key that owned the recipient's name, if that is known. */
  readonly toVerified?: boolean;
}

/** Converts a note for the wire. Fields that only the server knows are not in the contract. */
export function toWireNote(note: Note): NoteInit {
  const sent = { ...note, kind: toWireKind(note.kind) };
  return note.reader === undefined ? sent : { ...sent, to_verified: isKey(note.reader) };
}

/** Converts a note from the wire. */
export function fromWireNote({ kind, to, to_verified, ...note }: NoteMessage): ReceivedNote {
  const said = { ...note, kind: fromWireKind(kind) };
  if (to === "") return said;
  return to_verified === undefined ? { ...said, to } : { ...said, to, toVerified: to_verified };
}
