import type { Buffer } from "node:buffer";
import { toWireNote } from "../proto/kind.ts";
import { chatServer, type NoteMessage } from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { checkMessage, checkName } from "../room/note.ts";
import { LOBBY, type Rooms } from "../room/rooms.ts";
import type { Run } from "../room/runs.ts";

/** `ChatStream` of the original contract: the lobby from its oldest note on, a run at a time. */
export async function* readLobby(rooms: Rooms, signal: AbortSignal): AsyncGenerator<Buffer[]> {
  const room = await rooms.get(LOBBY);
  for await (const run of room.read(1, new Bell(), signal)) yield encoded(run);
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
  const { name, message } = request();
  checkName(name);
  checkMessage(message, maxNoteBytes);
  const room = await rooms.get(LOBBY);
  await room.post([{ id: "", name, message, kind: "said" }]);
}

const encodedRuns = new WeakMap<Run, Buffer[]>();

/** The notes of a run as messages, made for the first reader that asks. */
function encoded(run: Run): Buffer[] {
  let messages = encodedRuns.get(run);
  if (!messages) {
    messages = run.notes.map((note) => chatServer.ChatStream.responseSerialize(toWireNote(note)));
    encodedRuns.set(run, messages);
  }
  return messages;
}
