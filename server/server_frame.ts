import type { Buffer } from "node:buffer";
import { chatServer, type RosterInit, type ServerFrameInit } from "../proto/mod.ts";
import { toWireNote } from "../proto/note.ts";
import type { Note } from "../room/note.ts";
import type { RoomList } from "../room/room_list.ts";
import type { Roster } from "../room/state/roster.ts";

/** A frame as bytes. Fields encoded apart may be put together: so is protobuf defined. */
export function encode(frame: ServerFrameInit): Buffer {
  return chatServer.Session.responseSerialize(frame);
}

/** The field `notes`, made for the first session that asks for these very notes. */
export const encodeNotes: (notes: readonly Note[]) => Buffer = encodedOnce((notes) => ({
  notes: notes.map(toWireNote),
}));

/** The field `rooms`, made for the first session that asks for this very list. */
export const encodeRooms: (list: RoomList) => Buffer = encodedOnce((rooms) => ({ rooms }));

function encodedOnce<T extends object>(
  toFrame: (value: T) => ServerFrameInit,
): (value: T) => Buffer {
  const encoded = new WeakMap<T, Buffer>();
  return (value) => {
    let bytes = encoded.get(value);
    if (!bytes) encoded.set(value, bytes = encode(toFrame(value)));
    return bytes;
  };
}

/** Who is in a room, as it travels. */
export function toRosterMessage(roster: Roster): RosterInit {
  return { people: roster.people() };
}
