import type { Buffer } from "node:buffer";
import { toWireNote } from "../proto/kind.ts";
import { chatServer, type NoteMessage } from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { ChatError } from "../room/errors.ts";
import type { Names } from "../room/names.ts";
import { checkMessage, checkName, checkRecipient, type Note } from "../room/note.ts";
import { LOBBY, type Rooms } from "../room/rooms.ts";
import type { Gate } from "./gate.ts";

/** What the original contract is about, and its bounds. */
export interface OriginalOptions {
  /** The rooms. */
  readonly rooms: Rooms;
  /** Whose names are whose: its peers have no key. */
  readonly names: Names;
  /** Lets them in if it lets in everybody: they cannot say who they are. */
  readonly gate: Gate;
  /** The largest message, in bytes of UTF-8. */
  readonly maxNoteBytes: number;
}

/**
 * `ChatStream` of the original contract: what is said to all in the lobby, from its oldest
 * note on, a run at a time.
 *
 * @throws {ChatError} `unauthenticated`, if the server does not let in everybody.
 */
export async function* readLobby(
  { rooms, gate }: OriginalOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer[]> {
  checkOpen(gate);
  const room = await rooms.get(LOBBY);
  for await (const run of room.read(1, new Bell(), signal)) {
    yield encoded(run.notesFor(undefined));
  }
}

/**
 * `SendNote` of the original contract: says something in the lobby.
 *
 * @throws {ChatError} if the note breaks a rule, the name belongs to somebody, the server
 * does not let in everybody, or the note cannot be stored.
 */
export async function sayInLobby(
  request: () => NoteMessage,
  { rooms, names, gate, maxNoteBytes }: OriginalOptions,
): Promise<void> {
  checkOpen(gate);
  const { name, message, to } = request();
  checkName(name);
  names.check(name);
  checkMessage(message, maxNoteBytes);
  checkRecipient("said", to);
  const room = await rooms.get(LOBBY);
  await room.post([{ id: "", name, message, kind: "said" }]);
}

function checkOpen(gate: Gate): void {
  if (gate.isOpen) return;
  const words = "This server lets in members only, or asks for a password: join by a session";
  throw new ChatError("unauthenticated", words);
}

const encodedNotes = new WeakMap<readonly Note[], Buffer[]>();

/** The notes as messages, made for the first reader that asks for these very notes. */
function encoded(notes: readonly Note[]): Buffer[] {
  let messages = encodedNotes.get(notes);
  if (!messages) {
    messages = notes.map((note) => chatServer.ChatStream.responseSerialize(toWireNote(note)));
    encodedNotes.set(notes, messages);
  }
  return messages;
}
