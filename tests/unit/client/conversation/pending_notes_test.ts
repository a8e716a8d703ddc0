import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../../client/chat.ts";
import { PendingNotes } from "../../../../client/conversation/pending_notes.ts";
import { coming, connected, joined, lost, note, notes } from "./chat_events.ts";

Deno.test("PendingNotes ends with the last note from before a connection", () => {
  const cases: [events: ChatEvent[], continues: boolean[]][] = [
    [[connected(5)], [false]],
    [[coming(5, 4, 2), notes(note(4)), notes(note(5)), notes(note(6))], [true, true, false, false]],
    [[coming(5, 1, 4), joined("eve"), { type: "lost", count: 2 }, notes(note(3), note(4))], [
      ...[true, true, true],
      false, // The last one is a private note between others.
    ]],
    [[coming(5, 4, 2), notes(note(6))], [true, false]],
    [[coming(5, 4, 2), lost("gone"), notes(note(4))], [true, false, false]],
  ];
  for (const [events, continues] of cases) {
    const pending = new PendingNotes();
    assertEquals(events.map((event) => pending.continueAfter(event)), continues);
  }
});
