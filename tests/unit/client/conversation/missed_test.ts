import { assertEquals } from "@std/assert";
import { HISTORY } from "../../../../client/conversation/commands/history_bounds.ts";
import { IgnoredPeople } from "../../../../client/conversation/ignored_people.ts";
import { MAX_MISSED, Missed } from "../../../../client/conversation/missed.ts";
import type { Transcript } from "../../../../client/conversation/transcript.ts";
import { PLAIN_VIEW } from "../../../../client/render/render.ts";
import { renderRow } from "../../../../client/render/row.ts";
import { person } from "../../../support/people.ts";
import { coming, connected, MINUTE, NOON, note, notes, transcript } from "./chat_events.ts";

/** What was missed of a room with 5 notes, by bob. */
function missed(shown: Transcript = transcript(), first = connected(5), isFirstView = false) {
  const missed = new Missed();
  missed.add(shown.add([first]));
  return {
    missed,
    add: (...events: Parameters<typeof shown.add>[0]) => missed.add(shown.add(events)),
    take: () => missed.take(shown, isFirstView).flatMap((row) => renderRow(row, PLAIN_VIEW)),
  };
}

Deno.test("Missed counts new notes of others, and those for the person", () => {
  const { missed: { notes: none }, missed: room, add, take } = missed();
  assertEquals(none, 0);
  add(notes(note(4), note(5))); // From before the person came.
  assertEquals([room.notes, room.mentions], [0, 0]);
  add(
    notes(note(6), note(7, { name: "bob" }), note(8, { message: "bob?" }), note(9, { to: "bob" })),
  );
  assertEquals([room.notes, room.mentions], [3, 2]);
  take();
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

const SEEN = { history: "h1", seq: 4, time: NOON - 30 * MINUTE };

Deno.test("Missed has the line before all new notes on the first view, with the number of its mark", () => {
  const { missed: room, add, take } = missed(transcript({ seen: SEEN }), coming(5, 3, 3), true);
  add(notes(note(3), note(4), note(5)));
  add(notes(note(6), note(7, { name: "bob" }), note(8)));
  assertEquals(room.notes, 3);
  assertEquals(take(), [
    ...["[ann] note 3", "[ann] note 4", "── 3 new since 11:30 ──", "[ann] note 5"],
    ...["[ann] note 6", "[bob] note 7", "[ann] note 8"],
  ]);
});

Deno.test("Missed has the line since the arrival in a room that the person does not know", () => {
  const { add, take } = missed(transcript(), coming(5, 5, 1), true);
  add(notes(note(5)), notes(note(6), note(7)));
  assertEquals(take(), ["[ann] note 5", "── 2 new since 12:00 ──", "[ann] note 6", "[ann] note 7"]);
});

Deno.test("Missed has the line before the notes since a visit, though they came after the arrival", () => {
  const { add, take } = missed(transcript({ seen: SEEN }), coming(4, 4, 1), true);
  add(notes(note(4)), notes(note(5, { name: "bob" }), note(6)));
  assertEquals(take(), [
    ...["[ann] note 4", "[bob] note 5", "── 1 new since 11:30 ──", "[ann] note 6"],
  ]);
});

Deno.test("Missed says that new notes may be missing, or are still to come", () => {
  const some = missed(transcript({ seen: { ...SEEN, seq: 1 } }), coming(5, 4, 2), true);
  some.add(notes(note(4), note(5)), notes(note(6)));
  assertEquals(some.take()[0], "── new since 11:30, the last 3 follow ──");
  const slow = missed(transcript({ seen: { ...SEEN, seq: 1 } }), coming(5, 2, 4), true);
  slow.add(notes(note(2), note(3)));
  assertEquals(slow.take()[0], "── up to 4 new since 11:30 ──");
});

Deno.test("Missed has no line on the first view if nothing is new, and none on later views", () => {
  const none = missed(transcript({ seen: SEEN }), coming(4, 4, 1), true);
  none.add(notes(note(4)), notes(note(5, { name: "bob" })));
  assertEquals(none.take(), ["[ann] note 4", "[bob] note 5"]);
  const later = missed();
  later.add(notes(note(6)));
  assertEquals(later.take(), ["[ann] note 6"]);
});

/** The same as `missed()`, for a person who changes whom they ignore. */
function ignoring() {
  const ignored: IgnoredPeople = new IgnoredPeople({
    addresses: [],
    onFailure: (_, error) => {
      throw error;
    },
    onChange: (concerns) =>
      room.missed.recheck(({ note }) => concerns(note) ? shown.isHidden(note) : undefined),
  });
  const shown = transcript({ ignored, seen: SEEN });
  const room = missed(shown, coming(5, 5, 1), true);
  const marks = () => [room.missed.notes, room.missed.mentions];
  return { ...room, ignored, marks };
}

Deno.test("Missed hides the notes of a person who is ignored later, and shows them again", async () => {
  const { add, take, ignored, marks } = ignoring();
  add(notes(note(5, { name: "cat" }), note(6, { name: "cat", to: "bob" }), note(7)));
  assertEquals(marks(), [3, 1]);
  await ignored.add("cat");
  assertEquals(marks(), [1, 0]);
  add(notes(note(8, { name: "cat", message: "bob?" })));
  assertEquals(marks(), [1, 0]);
  await ignored.remove("cat");
  assertEquals(marks(), [4, 2]);
  await ignored.add("cat");
  assertEquals(take(), ["── 1 new since 11:30 ──", "[ann] note 7"]);
  await ignored.remove("cat");
  assertEquals([marks(), take()], [[0, 0], []]);
});

Deno.test("Missed hides and counts again notes that it has dropped, by author", async () => {
  const { add, take, ignored, marks } = ignoring();
  add(notes(note(5)));
  const count = MAX_MISSED.rows + 100;
  for (let i = 0; i < count; i++) add(notes(note(6 + i, { name: "cat", message: "bob?" })));
  assertEquals(marks(), [count + 1, count]);
  await ignored.add("cat");
  assertEquals(marks(), [1, 0]);
  for (let i = 0; i < 2; i++) add(notes(note(700 + i))); // They drop hidden notes first.
  assertEquals(marks(), [3, 0]);
  await ignored.remove("cat");
  assertEquals(marks(), [count + 3, count]);
  assertEquals(take().slice(0, 2), [
    "── 603 new since 11:30 ──",
    `-- 103 earlier notes not shown; /history ${count + 3} shows them --`,
  ]);
});

Deno.test("Missed leaves hidden what a person without a key said under a new name, and left", async () => {
  const { add, take, ignored, marks } = ignoring();
  const guest = { name: "dog", verified: false };
  await ignored.add("~cat");
  add({ type: "renamed", was: "cat", ...person("dog"), ...guest });
  add(notes(note(5, guest)));
  add({ type: "left", ...person("dog"), ...guest, reason: "left" });
  await ignored.remove("~cat");
  assertEquals(marks(), [0, 0]);
  assertEquals(take().filter((row) => row.includes("note")), []);
});

Deno.test("Missed counts the dropped notes of very many authors", async () => {
  const { add, ignored, marks } = ignoring();
  const count = MAX_MISSED.rows + MAX_MISSED.authors + 10;
  for (let i = 0; i < count; i++) add(notes(note(5 + i, { name: `guest${i}` })));
  assertEquals(marks(), [count, 0]);
  await ignored.add("guest0");
  assertEquals(marks(), [count - 1, 0]);
});
