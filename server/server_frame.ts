import type { Buffer } from "node:buffer";
import { chatServer, type RosterInit, type ServerFrameInit } from "../proto/mod.ts";
import { toWireNote } from "../proto/note.ts";
import { toWireTopic } from "../proto/topic.ts";
import type { Note } from "../room/note.ts";
import type { RoomList } from "../room/room_list.ts";
import type { Roster, RosterChange } from "../room/state/roster.ts";
import type { Topic } from "../room/topic.ts";

/** Encodes a frame. Encoded fields may be concatenated, as protobuf defines. */
export function encode(frame: ServerFrameInit): Buffer {
  return chatServer.Session.responseSerialize(frame);
}

/** Returns the field `notes`, encoded once and shared by all sessions with the same notes. */
export const encodeNotes: (notes: readonly Note[]) => Buffer = encodedOnce((notes) => ({
  notes: notes.map(toWireNote),
}));

/** Returns the field `changes`, encoded once and shared by all sessions that lack the same ones. */
export const encodeChanges: (changes: readonly RosterChange[]) => Buffer = encodedOnce(
  (changes) => ({ changes }),
);

/** Returns the field `rooms`, encoded once and shared by all sessions with the same list. */
export const encodeRooms: (list: RoomList) => Buffer = encodedOnce((rooms) => ({ rooms }));

/** Returns the field `topic`, encoded once and shared by all sessions in the room. */
export const encodeTopic: (topic: Topic) => Buffer = encodedOnce((topic) => ({
  topic: toWireTopic(topic),
}));

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

/** Returns a roster as a message. */
export function toRosterMessage(roster: Roster): RosterInit {
  return { people: roster.people() };
}
