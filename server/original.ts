import type { Buffer } from "node:buffer";
import { toWireNote } from "../proto/kind.ts";
import { chatServer, type NoteMessage } from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { checkMessage, checkName, checkRecipient, type Note } from "../room/note.ts";
import { LOBBY, type Rooms } from "../room/rooms.ts";

/**
 * `ChatStream` of the original contract: what is said to all in the lobby, from its oldest
 * note on, a run at a time.
 */
export async function* readLobby(rooms: Rooms, signal: AbortSignal): AsyncGenerator<Buffer[]> {
  const room = await rooms.get(LOBBY);
  for await (const run of room.read(1, new Bell(), signal)) {
    yield encoded(run.notesFor(undefined));
  }
}

/**
 * `SendNote` of the original contract: says something in the lobby.
 *
 * @throws {ChatError} if the note breaks a rule, or cannot be stored.
 */
export async function sayInLobby(
  rooms: Rooms,
  request: () => NoteMessage,
  { maxNoteBytes }: { readonly maxNoteBytes: number },
): Promise<void> {
  const { name, message, to } = request();
  checkName(name);
  checkMessage(message, maxNoteBytes);
  checkRecipient("said", to);
  const room = await rooms.get(LOBBY);
  await room.post([{ id: "", name, message, kind: "said" }]);
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
