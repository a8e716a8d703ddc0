import { assertEquals } from "@std/assert";
import { HISTORY } from "../../../../client/conversation/commands/history_bounds.ts";
import { MAX_MISSED, Missed } from "../../../../client/conversation/missed.ts";
import { PLAIN_VIEW } from "../../../../client/render/render.ts";
import { renderRow } from "../../../../client/render/row.ts";
import { person } from "../../../support/people.ts";
import { connected, note, notes, transcript } from "./chat_events.ts";

/** What was missed of a room with 5 notes, by bob. */
function missed() {
  const shown = transcript();
  const missed = new Missed();
  missed.add(shown.add([connected(5)]));
  return {
    missed,
    add: (...events: Parameters<typeof shown.add>[0]) => missed.add(shown.add(events)),
    take: () => missed.take().flatMap((row) => renderRow(row, PLAIN_VIEW)),
  };
}

Deno.test("Missed counts new notes of others, and those for the person", () => {
  const { missed: { notes: none }, missed: room, add } = missed();
  assertEquals(none, 0);
  add(notes(note(4), note(5))); // From before the person came.
  assertEquals([room.notes, room.mentions], [0, 0]);
  add(
    notes(note(6), note(7, { name: "bob" }), note(8, { message: "bob?" }), note(9, { to: "bob" })),
  );
  assertEquals([room.notes, room.mentions], [3, 2]);
  room.take();
  assertEquals([room.notes, room.mentions], [0, 0]);
});

Deno.test("Missed shows notes once, sums up who came and went, and drops lines of the moment", () => {
  const { add, take } = missed();
  add(notes(note(6)));
  add({ type: "joined", ...person("eve") }, { type: "joined", ...person("cy") });
  add({ type: "disconnected", address: "h:1", next: "h:1", reason: "gone", retryMs: 0 });
  add(connected(7));
  add(notes(note(7)));
  add({ type: "left", ...person("eve"), reason: "left" });
  assertEquals(take(), [
    "[ann] note 6",
    "[ann] note 7",
    "-- cy joined --",
  ]);
  assertEquals(take(), []);
});

Deno.test("Missed keeps the newest notes, and says how many earlier ones there are", () => {
  const { add, take } = missed();
  const count = MAX_MISSED.rows + 1_000;
  for (let seq = 6; seq < 6 + count; seq++) add(notes(note(seq)));
  const rows = take();
  assertEquals(rows[0], "-- 1,000 earlier notes not shown; /history 1500 shows them --");
  assertEquals([rows.length, rows[1]], [MAX_MISSED.rows + 1, "[ann] note 1006"]);
});

Deno.test("Missed keeps a bounded number of characters", () => {
  const { add, take } = missed();
  for (let seq = 6; seq < 26; seq++) add(notes(note(seq, { message: "x".repeat(100_000) })));
  assertEquals(take().length, 1 + Math.floor(MAX_MISSED.chars / 100_003));
});

Deno.test("Missed names no more notes than /history shows, and forgets the earliest joins of very many", () => {
  const { add, take } = missed();
  const seqs = Array.from({ length: HISTORY.max + 1 }, (_, i) => 6 + i);
  add(notes(...seqs.map((seq) => note(seq))));
  const coming = Array.from(
    { length: MAX_MISSED.presence },
    (_, i) =>
      i % 2 === 0
        ? { type: "joined", ...person("cy") } as const
        : { type: "left", ...person("cy"), reason: "left" } as const,
  );
  add({ type: "joined", ...person("eve") });
  for (const event of coming) add(event);
  const rows = take();
  assertEquals(rows[0], "-- 9,501 earlier notes not shown; /history 10000 shows them --");
  assertEquals(rows.at(-1), "[ann] note 10006");
});
