import { assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../../client/chat.ts";
import type { TranscriptOptions } from "../../../../client/conversation/transcript.ts";
import {
  coming,
  connected,
  DAY,
  joined,
  lines,
  lost,
  MINUTE,
  NOON,
  note,
  notes,
  ORIGINAL,
  transcript,
} from "./chat_events.ts";

const BACK: [why: string, before: ChatEvent[], again: ChatEvent[], line: string][] = [
  ["nothing was missed", [connected(3), notes(note(3))], [coming(3, 4, 0)], "-- back --"],
  [
    "notes were missed",
    [connected(3), notes(note(3))],
    [coming(6, 4, 3), notes(note(4), note(5)), joined("eve"), notes(note(6), note(7))],
    "-- back, 3 notes missed --",
  ],
  [
    "one was missed",
    [connected(2), notes(note(3))],
    [coming(4, 4, 1), notes(note(4))],
    "-- back, 1 note missed --",
  ],
  [
    "some have not arrived",
    [connected(3), notes(note(3))],
    [coming(9, 4, 6), notes(note(4))],
    "-- back, up to 6 notes missed --",
  ],
  [
    "some are the person's, said elsewhere",
    [connected(3, { name: "ben" }), notes(note(3))],
    [
      coming(6, 4, 3),
      notes(note(4, { name: "bob" }), note(5, { name: "ben", own: true }), note(6)),
    ],
    "-- back, 1 note missed --",
  ],
  [
    "all are the person's",
    [connected(3), notes(note(3))],
    [coming(4, 4, 1), notes(note(4, { name: "bob" }))],
    "-- back --",
  ],
  [
    "some were removed, and the connection is lost again",
    [connected(3), notes(note(3))],
    [coming(9, 4, 6), { type: "lost", count: 4 }, lost("gone"), coming(9, 8, 2), notes(note(8))],
    "-- back, up to 6 notes missed --",
  ],
  [
    "none was shown yet",
    [connected(500)],
    [coming(501, 501, 1), notes(note(501))],
    "-- back, 1 note missed --",
  ],
  [
    "all but one are private notes between others",
    [connected(3)],
    [coming(6, 4, 1), notes(note(5))],
    "-- back, 1 note missed --",
  ],
  [
    "all are private notes between others",
    [connected(3), notes(note(3))],
    [coming(6, 4, 0)],
    "-- back --",
  ],
  ["the server does not count them", [connected(3), notes(note(3))], [connected(6)], "-- back --"],
  [
    "the history is another one",
    [connected(3), notes(note(3))],
    [connected(9, { head: { history: "h2", seq: 9 } })],
    "-- back; the server has started a new history --",
  ],
];

Deno.test("Transcript shows missed notes when the connection is back", () => {
  for (const [why, before, again, line] of BACK) {
    const shown = transcript();
    shown.add(before);
    shown.add([lost("gone")]);
    assertEquals(lines(shown, again)[0], line, why);
  }
});

Deno.test("Transcript reports lost notes in their place", () => {
  const shown = transcript();
  shown.add([connected(50)]);
  assertEquals(lines(shown, [notes(note(1)), { type: "lost", count: 37 }, notes(note(39))]), [
    "[ann] note 1",
    "-- 37 notes were removed before you could read them --",
    "[ann] note 39",
  ]);
});

const SEEN = { history: "h1", seq: 10, time: NOON - 3 * 60 * MINUTE + 2 * MINUTE };

const MARKS: [why: string, options: Partial<TranscriptOptions>, ChatEvent[], lines: string[]][] = [
  [
    "all new notes are there",
    { seen: SEEN },
    [coming(12, 9, 4), notes(note(9), note(10), note(11), note(12)), notes(note(13))],
    [
      "[ann] note 9",
      "[ann] note 10",
      "── 2 new since 09:02 ──",
      "[ann] note 11",
      "[ann] note 12",
      "[ann] note 13",
    ],
  ],
  [
    "some are the person's, said elsewhere",
    { seen: SEEN },
    [
      coming(14, 11, 4),
      notes(note(11, { name: "bob" }), note(12), note(13, { name: "b", own: true }), note(14)),
    ],
    ["[bob] note 11", "── 2 new since 09:02 ──", "[ann] note 12", "[b] note 13", "[ann] note 14"],
  ],
  [
    "all of them are the person's",
    { seen: SEEN },
    [coming(11, 11, 1), notes(note(11, { name: "bob" }), note(12))],
    ["[bob] note 11", "[ann] note 12"],
  ],
  [
    "some have not arrived",
    { seen: SEEN },
    [coming(14, 11, 4), notes(note(11), note(12, { name: "bob" }))],
    ["── up to 3 new since 09:02 ──", "[ann] note 11", "[bob] note 12"],
  ],
  [
    "some of the last ones have not arrived",
    { seen: SEEN },
    [coming(1_260, 1_259, 2), notes(note(1_259))],
    ["── new since 09:02, the last ones follow ──", "[ann] note 1259"],
  ],
  [
    "only the last ones are there",
    { seen: SEEN },
    [coming(1_260, 1_259, 2), notes(note(1_259), note(1_260))],
    ["── new since 09:02, the last 2 follow ──", "[ann] note 1259", "[ann] note 1260"],
  ],
  [
    "the first new one is a private note of others",
    { seen: SEEN },
    [coming(13, 10, 3), notes(note(10), note(12), note(13))],
    ["[ann] note 10", "── 2 new since 09:02 ──", "[ann] note 12", "[ann] note 13"],
  ],
  [
    "the last one seen is a private note, and all are new",
    { seen: SEEN },
    [coming(13, 11, 2), notes(note(12), note(13))],
    ["── 2 new since 09:02 ──", "[ann] note 12", "[ann] note 13"],
  ],
  [
    "some were lost",
    { seen: SEEN },
    [coming(40, 11, 6), { type: "lost", count: 4, earlier: true }, notes(note(39), note(40))],
    [
      "-- 4 notes were removed before you could read them --",
      "── 2 new since 09:02 ──",
      "[ann] note 39",
      "[ann] note 40",
    ],
  ],
  [
    "only some of the lost ones were new",
    { seen: SEEN },
    [coming(40, 1, 15), { type: "lost", count: 14, earlier: true }, notes(note(13))],
    [
      "-- 2 notes were removed before you could read them --",
      "── 1 new since 09:02 ──",
      "[ann] note 13",
    ],
  ],
  [
    "all of the lost ones were seen",
    { seen: SEEN },
    [coming(11, 1, 11), { type: "lost", count: 9, earlier: true }, notes(note(10), note(11))],
    [
      "-- 9 older notes are no longer kept --",
      "[ann] note 10",
      "── 1 new since 09:02 ──",
      "[ann] note 11",
    ],
  ],
  [
    "nobody has been here before",
    {},
    [coming(12, 1, 12), { type: "lost", count: 11, earlier: true }, notes(note(12))],
    ["-- 11 older notes are no longer kept --", "[ann] note 12"],
  ],
  [
    "the server does not count them",
    { seen: SEEN },
    [connected(12), notes(note(11), note(12))],
    ["── new since 09:02 ──", "[ann] note 11", "[ann] note 12"],
  ],
  [
    "it was on another day",
    { seen: { ...SEEN, time: NOON - 2 * DAY } },
    [coming(11, 11, 1), notes(note(11))],
    ["── 1 new since 2026-11-20 12:00 ──", "[ann] note 11"],
  ],
  ["nothing is new", { seen: SEEN }, [connected(10), notes(note(10)), notes(note(11))], [
    "[ann] note 10",
    "[ann] note 11",
  ]],
  [
    "the history is another one",
    { seen: { ...SEEN, history: "h0" } },
    [connected(12), notes(note(12))],
    ["[ann] note 12"],
  ],
  ["none of the new ones is shown", { seen: SEEN }, [connected(12), notes(note(13))], [
    "[ann] note 13",
  ]],
  ["the time is invalid", { seen: { ...SEEN, time: 2 ** 60 } }, [
    connected(11),
    notes(note(11)),
  ], ["[ann] note 11"]],
];

Deno.test("Transcript marks the notes that are new since an earlier chat", () => {
  for (const [why, options, events, expected] of MARKS) {
    assertEquals(lines(transcript(options), events).slice(1), expected, why);
  }
});

Deno.test("Transcript draws the line before new notes once, even after a lost connection", () => {
  const shown = transcript({ seen: SEEN });
  const first = lines(shown, [connected(11), notes(note(11))], [lost("gone")]);
  const again = lines(shown, [connected(13), notes(note(12), note(13))]);
  assertEquals([...first, ...again].filter((line) => line.includes("new since")).length, 1);
});

Deno.test("Transcript knows the newest note that it has shown", () => {
  const shown = transcript();
  assertEquals(shown.last, undefined);
  shown.add([connected(3), notes(note(3, { time: NOON - 5 }))]);
  assertEquals(shown.last, { history: "h1", seq: 3, time: NOON - 5 });
  shown.add([connected(3), notes(note(2))]); // Earlier, as /history shows it.
  assertEquals(shown.last?.seq, 3);
  shown.add([connected(1, { head: { history: "h2", seq: 1 } }), notes(note(1))]);
  assertEquals(shown.last, { history: "h2", seq: 1, time: NOON });
  const original = transcript();
  original.add([ORIGINAL, notes({ name: "ann", message: "hi", kind: "said" })]);
  assertEquals(original.last, undefined);
});

Deno.test("Transcript counts anew on each connection, and forgets what was lost before it", () => {
  const shown = transcript({ seen: SEEN });
  shown.add([coming(12, 9, 4), notes(note(9))]);
  shown.add([lost("gone")]);
  const again = lines(shown, [coming(12, 10, 3), notes(note(10), note(11))]);
  const rule = "── up to 2 new since 09:02 ──";
  assertEquals(again.slice(1), ["[ann] note 10", rule, "[ann] note 11"]);

  const other = transcript({ seen: SEEN });
  other.add([coming(40, 11, 6), { type: "lost", count: 4, earlier: true }]);
  other.add([lost("gone")]);
  const rows = lines(other, [coming(40, 39, 2), notes(note(39))]);
  assertEquals(rows.filter((row) => row.includes("removed")), []);
});

Deno.test("Transcript reports notes that were lost since one came at once", () => {
  const shown = transcript({ seen: SEEN });
  shown.add([coming(40, 11, 6)]);
  assertEquals(lines(shown, [{ type: "lost", count: 4 }]), [
    "-- 4 notes were removed before you could read them --",
  ]);
});

Deno.test("Transcript knows which notes are new to the person, in each history of the room", () => {
  const fresh = (shown: ReturnType<typeof transcript>, ...events: ChatEvent[]) =>
    shown.add(events).fresh.map(({ note }) => note.seq);
  const shown = transcript();
  assertEquals(fresh(shown, connected(1), notes(note(1), note(2), note(3))), [2, 3]);
  shown.rewind();
  assertEquals(fresh(shown, notes(note(1), note(2), note(3), note(4))), [4]);
  shown.add([lost("gone")]);
  const next = connected(1, { head: { history: "h2", seq: 1 } });
  assertEquals(fresh(shown, next, notes(note(1), note(2))), [1, 2]);

  const other = transcript({ seen: { ...SEEN, history: "h0", seq: 100 } });
  assertEquals(fresh(other, connected(5), notes(note(5), note(6))), [6]);
});
