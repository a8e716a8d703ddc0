import { assertEquals } from "@std/assert";
import { Incoming } from "../../../../client/session/incoming.ts";
import { OwnNotes } from "../../../../client/session/own_notes.ts";

Deno.test("Incoming starts after a read marker, and sends none of its other fields", () => {
  const marker = { history: "h", seq: 7, time: 1_700_000_000_000 };
  const { start } = new Incoming({ last: 3 }, new OwnNotes(true), marker);
  assertEquals(start, { after: { history: "h", seq: 7 } });
});
