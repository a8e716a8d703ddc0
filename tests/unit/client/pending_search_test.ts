import { assertEquals } from "@std/assert";
import type { NoteMessage } from "../../../proto/messages.ts";
import { OwnNotes } from "../../../client/session/own_notes.ts";
import { PendingSearch } from "../../../client/session/pending_search.ts";

Deno.test("PendingSearch keeps no more notes than were asked for, whatever a server sends", async () => {
  const search = new PendingSearch(3, new OwnNotes(true));
  const note = { seq: 1, name: "eve", message: "x", kind: 0, to: "", time: 0 } as NoteMessage;
  const notes = Array<NoteMessage>(200_000).fill(note);
  const part = { notes, searched: 1, more: true, code: 0, reason: "", retry_ms: 0 };
  search.add({ ...part, last: false });
  search.add({ ...part, last: true });
  const reading = search.read();
  const found = [];
  let next = await reading.next();
  for (; !next.done; next = await reading.next()) found.push(next.value);
  assertEquals(found.length, 3);
  assertEquals(next.value, { searched: 1, more: true });
});
