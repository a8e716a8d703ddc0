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

const NOTE = { seq: 1, name: "eve", message: "x", kind: 0, to: "", time: 0 } as NoteMessage;
const seqOf = (note: unknown) => (note as NoteMessage).seq;
const PART = { searched: 1, more: false, code: 0, reason: "", retry_ms: 0 };

Deno.test("PendingSearch yields notes as they come, also those that come while others are read", async () => {
  const search = new PendingSearch(10, new OwnNotes(true));
  const reading = search.read();
  const first = reading.next();
  search.add({ ...PART, notes: [NOTE], last: false });
  assertEquals(seqOf((await first).value), 1);
  search.add({ ...PART, notes: [{ ...NOTE, seq: 2 }], last: true });
  const rest: unknown[] = [];
  for await (const note of reading) rest.push(seqOf(note));
  assertEquals(rest, [2]);
});

Deno.test("PendingSearch marks one's own notes", async () => {
  const own = new OwnNotes(false);
  own.add("Eve");
  const search = new PendingSearch(10, own);
  search.add({ ...PART, notes: [NOTE, { ...NOTE, name: "ann" }], last: true });
  const found = await Array.fromAsync(search.read());
  assertEquals(found.map(({ name, own }) => [name, own]), [["eve", true], ["ann", undefined]]);
});

Deno.test("PendingSearch is not awaited any more, and keeps nothing, once its reader has stopped", async () => {
  const search = new PendingSearch(10, new OwnNotes(true));
  const reading = search.read();
  search.add({ ...PART, notes: [NOTE, NOTE], last: false });
  await reading.next();
  assertEquals(search.isAwaited, true);
  await reading.return({ searched: 0, more: false });
  assertEquals(search.isAwaited, false);
});
