import { isKey } from "../room/identity.ts";
import type { Note, NoteKind } from "../room/note.ts";
import type { NoteMessage } from "./mod.ts";

/** The kinds of notes by their numbers in the enum `Kind` of `chat.proto`. */
const KINDS: readonly NoteKind[] = ["said", "action", "whisper"];

/** The number of a kind on the wire. */
export function toWireKind(kind: NoteKind): number {
  return KINDS.indexOf(kind);
}

/** A note as it travels. */
export function toWireNote(note: Note): NoteMessage {
  const wire = { ...note, kind: toWireKind(note.kind) };
  return note.reader === undefined ? wire : { ...wire, to_verified: isKey(note.reader) };
}

/** The kind that a number on the wire stands for; one of a newer peer is taken as said. */
export function fromWireKind(kind = 0): NoteKind {
  return KINDS[kind] ?? "said";
}
