import { assertEquals } from "@std/assert";
import type { NoteMessage } from "../../../proto/messages.ts";
import { chatServer } from "../../../proto/mod.ts";
import { fromWireNote, type ReceivedNote, toWireNote } from "../../../proto/note.ts";
import { guestIdentity } from "../../../room/identity.ts";
import type { Note } from "../../../room/note.ts";
import { FULL_NOTE } from "../../support/full_note.ts";

const { responseSerialize, responseDeserialize } = chatServer.ChatStream;
const KEY = `SHA256:${"k".repeat(43)}`;
const SAID: Note = { seq: 7, time: 1_000, name: "ann", message: "hi", kind: "said" };
const PRIVATE: Note = { ...SAID, kind: "whisper", to: "bob" };

const decoded = (note: Note): NoteMessage =>
  responseDeserialize(responseSerialize(toWireNote(note)));

const CASES: Record<string, [sent: Note, received: Partial<ReceivedNote>]> = {
  "a plain note": [SAID, { ...SAID, verified: false }],
  "an action of a verified author": [
    { ...SAID, kind: "action", verified: true, author: KEY },
    { ...SAID, kind: "action", verified: true },
  ],
  "a private note to a key": [
    { ...PRIVATE, reader: KEY },
    { ...SAID, kind: "whisper", verified: false, to: "bob", toVerified: true },
  ],
  "a private note to a guest": [
    { ...PRIVATE, author: KEY, verified: true, reader: guestIdentity(1) },
    { ...SAID, kind: "whisper", verified: true, to: "bob", toVerified: false },
  ],
  "a private note of an older server": [
    PRIVATE,
    { ...SAID, kind: "whisper", verified: false, to: "bob" },
  ],
};

for (const [name, [sent, received]] of Object.entries(CASES)) {
  Deno.test(`${name} arrives with the fields for its readers, and no others`, () => {
    assertEquals(fromWireNote(decoded(sent)), received);
  });
}

Deno.test("every field of a note arrives, except for its id and its identities", () => {
  const { id: _id, author: _author, reader: _reader, ...content } = FULL_NOTE;
  assertEquals(fromWireNote(decoded(FULL_NOTE)), { ...content, toVerified: true });
});

Deno.test("a note on the wire names no identities", () => {
  const message = decoded({ ...PRIVATE, author: KEY, reader: KEY });
  assertEquals(JSON.stringify(message).includes(KEY), false);
});
