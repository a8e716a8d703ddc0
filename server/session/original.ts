import type { Buffer } from "node:buffer";
import { chatServer, type NoteMessage } from "../../proto/mod.ts";
import { toWireNote } from "../../proto/note.ts";
import { LOBBY } from "../../room/defaults.ts";
import { ChatError } from "../../room/errors.ts";
import { toNetwork } from "../../room/network.ts";
import { checkMessage, checkName, checkRecipient, type Note } from "../../room/note.ts";
import { Wakeup } from "../../room/wakeup.ts";
import type { Gate } from "../access/gate.ts";
import type { OpenSession } from "../access/sessions.ts";
import { traced } from "../metrics/post_trace.ts";
import type { ChatServices } from "./services.ts";

/**
 * `ChatStream` of the original contract: yields the public notes of the lobby from the oldest on,
 * one segment at a time.
 *
 * @param address The reader's address, without a port.
 * @throws {ChatError} `unauthenticated`, if the server is not open to everyone; `forbidden`, if the
 * reader is banned.
 */
export async function* chatStream(
  address: string,
  { rooms, availability, gate, sanctions, sessions, delivered }: ChatServices,
  signal: AbortSignal,
): AsyncGenerator<Buffer[]> {
  availability.check();
  checkOpen(gate);
  const room = await rooms.lobby();
  availability.check(); // Again: no await from here until the stream is one of the sessions.
  const ending = new AbortController();
  let next = 1;
  const reader: OpenSession = {
    name: "",
    key: undefined,
    knowsPassword: false,
    room: room.name,
    address,
    network: toNetwork(address),
    progress: () => ({ next, behind: room.lag(next) }),
    sendMute: () => {}, // This contract has no message for it.
    end: (reason) => ending.abort(reason),
  };
  sanctions.check("ban", reader);
  using _open = sessions.add(reader);
  const either = AbortSignal.any([signal, ending.signal]);
  try {
    for await (const segment of room.read(next, new Wakeup(), either)) {
      next = segment.end;
      const notes = segment.notesFor(undefined);
      delivered(notes.length);
      yield encodeMessages(notes);
    }
  } catch (error) {
    either.throwIfAborted(); // An error caused by the removal is not the reason for it.
    throw error;
  }
}

/**
 * `SendNote` of the original contract: posts a note in the lobby.
 *
 * @param network The author's network.
 * @throws {ChatError} if the note breaks a rule, the name has an owner, the server is not open to
 * everyone, the author is banned or muted, or the note cannot be stored.
 */
export async function sendNote(
  request: () => NoteMessage,
  network: string,
  { rooms, names, availability, gate, sanctions, bounds, tracePosts }: ChatServices,
): Promise<void> {
  availability.check();
  const trace = tracePosts?.(LOBBY);
  checkOpen(gate);
  for (const kind of ["ban", "mute"] as const) sanctions.check(kind, { key: undefined, network });
  const { name, message, to } = request();
  checkName(name);
  names.check(name);
  checkMessage(message, bounds.maxNoteBytes);
  checkRecipient("said", to);
  const room = await rooms.lobby();
  await traced(trace, 1, () => room.post([{ id: "", name, message, kind: "said" }]));
  trace?.end();
}

function checkOpen(gate: Gate): void {
  if (gate.isOpen) return;
  const words = "This server is for members, or asks for a password: join with a session";
  throw new ChatError("unauthenticated", words);
}

const encodedNotes = new WeakMap<readonly Note[], Buffer[]>();

/** Returns the encoded notes. They are encoded once and shared by all readers of the same notes. */
function encodeMessages(notes: readonly Note[]): Buffer[] {
  let messages = encodedNotes.get(notes);
  if (!messages) {
    messages = notes.map((note) => chatServer.ChatStream.responseSerialize(toWireNote(note)));
    encodedNotes.set(notes, messages);
  }
  return messages;
}
