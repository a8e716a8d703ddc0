import { assertEquals } from "@std/assert";
import type { FoundMessage, NoteMessage } from "../../../proto/messages.ts";
import { PendingSearch } from "../../../client/session/pending_search.ts";

Deno.test("PendingSearch keeps no more notes than were asked for, whatever a server sends", async () => {
  const search = new PendingSearch(3);
  const note = { seq: 1, name: "eve", message: "x", kind: 0, to: "", time: 0 } as NoteMessage;
  const part = { notes: Array<NoteMessage>(200_000).fill(note), code: 0 } as FoundMessage;
  search.add({ ...part, searched: 5, last: false });
  search.add({ ...part, searched: 1, last: true, more: true });
  const reading = search.read();
  const found = [];
  let next = await reading.next();
  for (; !next.done; next = await reading.next()) found.push(next.value);
  assertEquals(found.length, 3);
  assertEquals(next.value, { searched: 1, more: true });
});
