import { assert, assertEquals } from "@std/assert";
import type { ChatEvent, ShownNote } from "../../../client/chat.ts";
import { PLAIN, style } from "../../../client/render/style.ts";
import { Transcript, type TranscriptOptions } from "../../../client/terminal/transcript.ts";
import { CONTROL, HOSTILE_TEXTS, withoutStyle } from "../../support/hostile_text.ts";
import { people, person } from "../../support/people.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Sunday, in the zone of these tests, which is UTC. */
const NOON = Date.UTC(2026, 10, 22, 12, 0);

/** A transcript of bob's, whose clock shows Sunday noon by default. */
function transcript(options: Partial<TranscriptOptions> = {}): Transcript {
  return new Transcript({
    view: { time: "off", style: PLAIN, zone: () => 0 },
    now: () => NOON,
    columns: () => 80,
    ...options,
  });
}

type Connected = Extract<ChatEvent, { type: "connected" }>;

function connected(seq: number, rest: Partial<Connected> = {}): Connected {
  return {
    type: "connected",
    room: "lobby",
    name: "bob",
    contract: "session",
    members: people(["ann", "bob"]),
    head: { history: "h1", seq },
    ...rest,
  };
}

/** The same, and the number of notes to come, from a position on. */
function coming(seq: number, from: number, count: number): Connected {
  return connected(seq, { pending: { from, count } });
}

/** The description of the original contract. */
const ORIGINAL: Connected = {
  type: "connected",
  room: "lobby",
  name: "bob",
  contract: "original",
  members: [],
};

function note(seq: number, rest: Partial<ShownNote> = {}): ShownNote {
  return { name: "ann", message: `note ${seq}`, kind: "said", seq, time: NOON, ...rest };
}

function notes(...notes: ShownNote[]): ChatEvent {
  return { type: "notes", notes };
}

function lost(reason: string): ChatEvent {
  return { type: "disconnected", reason, retryMs: 1_500 };
}

const joined = (name: string): ChatEvent => ({ type: "joined", ...person(name) });
const left = (name: string, reason = "left"): ChatEvent => ({
  type: "left",
  ...person(name),
  reason,
});
const renamed = (was: string, name: string): ChatEvent => ({
  type: "renamed",
  was,
  ...person(name),
});

/** The lines of one call after another. */
function lines(transcript: Transcript, ...batches: ChatEvent[][]): string[] {
  return batches.flatMap((events) => transcript.render(events).lines);
}

Deno.test("Transcript shows the people present, and the notes", () => {
  assertEquals(lines(transcript(), [connected(1), notes(note(1))], [notes(note(2))]), [
    "── lobby: ann, bob ──",
    "[ann] note 1",
    "[ann] note 2",
  ]);
});

Deno.test("Transcript reports the features that the original contract lacks once", () => {
  const shown = lines(transcript(), [ORIGINAL], [lost("gone")], [ORIGINAL]);
  assertEquals([shown[0], ...shown.slice(2)], [
    "── lobby ──",
    "-- connection lost (gone), retrying --",
    "-- back --",
  ]);
  assert(/^-- this server .*\/who.*\/history.* no time --$/.test(shown[1]!), shown[1]);
});

const BACK: [why: string, before: ChatEvent[], again: Connected, line: string][] = [
  ["nothing was missed", [connected(3), notes(note(3))], coming(3, 4, 0), "-- back --"],
  [
    "notes were missed",
    [connected(3), notes(note(3))],
    coming(6, 4, 3),
    "-- back, 3 notes missed --",
  ],
  ["one was missed", [connected(2), notes(note(3))], coming(4, 4, 1), "-- back, 1 note missed --"],
  ["none was shown yet", [connected(500)], coming(501, 501, 1), "-- back, 1 note missed --"],
  [
    "all but one are private notes between others",
    [connected(3)],
    coming(6, 4, 1),
    "-- back, 1 note missed --",
  ],
  [
    "all are private notes between others",
    [connected(3), notes(note(3))],
    coming(6, 4, 0),
    "-- back --",
  ],
  ["the server does not count them", [connected(3), notes(note(3))], connected(6), "-- back --"],
  [
    "the history is another one",
    [connected(3), notes(note(3))],
    connected(9, { head: { history: "h2", seq: 9 } }),
    "-- back; the server has started a new history --",
  ],
];

Deno.test("Transcript shows missed notes when the connection is back", () => {
  for (const [why, before, again, line] of BACK) {
    const shown = transcript();
    shown.render(before);
    shown.render([lost("gone")]);
    assertEquals(lines(shown, [again]), [line], why);
  }
});

Deno.test("Transcript gives the reason for an outage once", () => {
  const shown = lines(
    transcript(),
    [lost("nothing listens there")],
    [lost("no answer")],
    [connected(0)],
    [lost("the connection broke")],
    [lost("nothing listens there")],
    [lost("no answer")],
    [connected(0)],
    [lost("the connection broke"), lost("nothing listens there")],
  );
  assertEquals(shown, [
    "-- cannot connect (nothing listens there), retrying --",
    "── lobby: ann, bob ──",
    "-- connection lost (the connection broke), retrying --",
    "-- back --",
    "-- connection lost (the connection broke), retrying --",
  ]);
});

Deno.test("Transcript reports lost notes in their place", () => {
  const shown = transcript();
  shown.render([connected(50)]);
  assertEquals(lines(shown, [notes(note(1)), { type: "lost", count: 37 }, notes(note(39))]), [
    "[ann] note 1",
    "-- 37 notes were removed before you could read them --",
    "[ann] note 39",
  ]);
});

const guests = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => joined(`guest${from + i}`));

const PRESENCE: [events: ChatEvent[], lines: string[], quiet: string[]][] = [
  [[joined("eve")], ["-- eve joined --"], []],
  [[left("ann")], ["-- ann left --"], []],
  [[left("ann", "connection lost")], ["-- ann left (connection lost) --"], []],
  [[renamed("ann", "anna")], ["-- ann is now anna --"], []],
  [[joined("eve"), joined("cy")], ["-- eve and cy joined --"], []],
  [[joined("eve and bob"), joined("a, b")], ["-- “eve and bob” and “a, b” joined --"], []],
  [guests(1, 3), ["-- guest1, guest2 and guest3 joined --"], []],
  [
    [...guests(1, 16), left("ann")],
    ["-- guest1, guest2 and 14 others joined; ann left --"],
    [],
  ],
  [[left("ann"), joined("Ann"), left("Ann"), joined("ann")], [], []],
  [[joined("eve"), left("eve")], [], []],
  [[joined("eve"), left("eve", "gone"), joined("eve")], ["-- eve joined --"], []],
  [[joined("eve"), renamed("eve", "eva")], ["-- eva joined --"], []],
  [[renamed("ann", "anna"), renamed("anna", "ann")], [], []],
  [[renamed("ann", "a"), renamed("a", "Ann")], ["-- ann is now Ann --"], []],
  [[renamed("ann", "anna"), left("anna")], ["-- ann left --"], []],
  [
    [left("ann"), renamed("cy", "ann"), joined("eve")],
    ["-- eve joined; cy is now ann; ann left --"],
    [],
  ],
  [[left("ann", "x"), left("cy", "y"), left("eve", "x")], [
    "-- ann and eve left (x); cy left (y) --",
  ], []],
  [[joined("bob"), left("BOB")], [], []],
  [[{ type: "members", members: people(["bob", "cy"]) }], ["-- cy joined; ann left --"], []],
  [[notes(note(1)), joined("eve"), notes(note(2)), joined("cy")], [
    "[ann] note 1",
    "-- eve and cy joined --",
    "[ann] note 2",
  ], ["[ann] note 1", "[ann] note 2"]],
];

Deno.test("Transcript reports joins and leaves in one line, or in none", () => {
  for (const [events, shown, quiet] of PRESENCE) {
    for (const [options, expected] of [[{}, shown], [{ quiet: true }, quiet]] as const) {
      const shown = transcript(options);
      shown.render([connected(0)]);
      assertEquals(lines(shown, events), [...expected], JSON.stringify(events));
    }
  }
});

Deno.test("Transcript shows the date where it changes", () => {
  let now = NOON;
  const shown = transcript({ now: () => now });
  assertEquals(
    lines(shown, [
      connected(3),
      notes(
        note(1, { time: NOON - 2 * DAY }),
        note(2, { time: NOON - 2 * DAY + MINUTE }),
        note(3, { time: NOON - MINUTE }),
      ),
    ]),
    [
      "── lobby: ann, bob ──",
      "── Friday 20 November 2026 ──",
      "[ann] note 1",
      "[ann] note 2",
      "── Sunday 22 November 2026 ──",
      "[ann] note 3",
    ],
  );
  now += DAY;
  assertEquals(lines(shown, [notes(note(4, { time: now }))], [notes(note(5, { time: now }))]), [
    "── Monday 23 November 2026 ──",
    "[ann] note 4",
    "[ann] note 5",
  ]);
});

Deno.test("Transcript shows the date of the first note if nobody spoke before midnight", () => {
  const shown = transcript();
  shown.render([connected(0)]);
  assertEquals(lines(shown, [notes(note(1, { time: NOON + DAY }))]), [
    "── Monday 23 November 2026 ──",
    "[ann] note 1",
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

const privateNote = { kind: "whisper", to: "BOB", message: "psst" } as const;

const BELLS: [event: ChatEvent, rings: { off: boolean; mention: boolean; all: boolean }][] = [
  [notes(note(6)), { off: false, mention: false, all: true }],
  [notes(note(6, { message: "lunch, Bob?" })), { off: false, mention: true, all: true }],
  [notes(note(6, { message: "bobby" })), { off: false, mention: false, all: true }],
  [notes(note(6, privateNote)), { off: false, mention: true, all: true }],
  [notes(note(6), note(7, { message: "bob" })), { off: false, mention: true, all: true }],
  [notes(note(6, { name: "BOB", message: "bob" })), { off: false, mention: false, all: false }],
  [notes(note(6, { ...privateNote, name: "bob", to: "ann" })), {
    off: false,
    mention: false,
    all: false,
  }],
  [notes(note(5, { message: "bob" })), { off: false, mention: false, all: false }],
  [joined("eve"), { off: false, mention: false, all: false }],
  [lost("gone"), { off: false, mention: false, all: false }],
];

Deno.test("Transcript rings for live notes of others, as configured", () => {
  for (const [event, rings] of BELLS) {
    for (const bell of ["off", "mention", "all"] as const) {
      const shown = transcript({ bell });
      assertEquals(shown.render([connected(5)]).bell, false);
      assertEquals(shown.render([event]).bell, rings[bell], `${bell}: ${JSON.stringify(event)}`);
    }
  }
});

Deno.test("Transcript does not ring for missed notes", () => {
  const shown = transcript({ bell: "all" });
  shown.render([connected(5), lost("gone"), connected(7)]);
  assertEquals(shown.render([notes(note(6), note(7))]).bell, false);
  assertEquals(shown.render([notes(note(8))]).bell, true);
});

Deno.test("Transcript rings on the original contract once the server has paused", () => {
  let now = NOON;
  const shown = transcript({ now: () => now, bell: "all" });
  const said = (message: string) => {
    const { bell } = shown.render([notes({ name: "ann", message, kind: "said" })]);
    return bell;
  };
  shown.render([ORIGINAL]);
  assertEquals([said("a"), said("b")], [false, false]);
  for (let i = 0; i < 2; i++) {
    now += 900;
    assertEquals(said("c"), false);
  }
  now += 1_000;
  assertEquals([said("d"), said("e")], [true, true]);
  shown.render([lost("gone"), ORIGINAL]);
  assertEquals(said("f"), false);
});

Deno.test("Transcript knows the newest note that it has shown", () => {
  const shown = transcript();
  assertEquals(shown.last, undefined);
  shown.render([connected(3), notes(note(3, { time: NOON - 5 }))]);
  assertEquals(shown.last, { history: "h1", seq: 3, time: NOON - 5 });
  shown.render([connected(3), notes(note(2))]); // Earlier, as /history shows it.
  assertEquals(shown.last?.seq, 3);
  shown.render([connected(1, { head: { history: "h2", seq: 1 } }), notes(note(1))]);
  assertEquals(shown.last, { history: "h2", seq: 1, time: NOON });
  const original = transcript();
  original.render([ORIGINAL, notes({ name: "ann", message: "hi", kind: "said" })]);
  assertEquals(original.last, undefined);
});

Deno.test("Transcript shows the new name when another chat replaces this one", () => {
  const shown = transcript();
  shown.render([connected(1)]);
  assertEquals(lines(shown, [connected(1, { name: "rob" })]), ["-- you are now rob --"]);
  assertEquals(lines(shown, [renamed("bob", "rob")]), []);
  assertEquals(shown.name, "rob");
  assertEquals(
    lines(shown, [connected(4, { name: "rob", room: "dev", members: people(["rob"]) })]),
    [
      "── dev: rob ──",
    ],
  );
  assertEquals(
    lines(shown, [lost("gone")], [connected(4, { name: "bob", room: "dev" })]).slice(1),
    [
      "-- back --",
      "-- you are now bob --",
    ],
  );
});

Deno.test("Transcript shows one's own new name once, regardless of the event that reports it first", () => {
  const shown = transcript();
  shown.render([connected(1)]);
  assertEquals(lines(shown, [renamed("bob", "rob")], [connected(1, { name: "rob" })]), [
    "-- bob is now rob --",
  ]);
  assertEquals(lines(shown, [renamed("rob", "Rob")], [connected(1, { name: "Rob" })]), [
    "-- rob is now Rob --",
  ]);
});

Deno.test("Transcript lists the latest speaker first, then others, and not oneself", () => {
  const shown = transcript();
  shown.render([connected(9, { members: people(["Ann", "bob", "cy", "dan"]) })]);
  shown.render([notes(note(1), note(2, { name: "eve" }), note(3, { name: "bob" }), note(4))]);
  assertEquals(shown.names, ["Ann", "eve", "cy", "dan"]);
  shown.render([renamed("eve", "eva"), renamed("cy", "cyd"), left("dan"), joined("fay")]);
  assertEquals(shown.names, ["Ann", "eva", "cyd", "fay"]);
  assertEquals(shown.members.map(({ name }) => name), ["Ann", "bob", "cyd", "fay"]);
});

Deno.test("Transcript remembers at most 200 speakers", () => {
  const shown = transcript();
  shown.render([connected(0)]);
  for (let i = 1; i <= 300; i++) shown.render([notes(note(i, { name: `guest${i}` }))]);
  assertEquals([shown.names[0], shown.names[199]], ["guest300", "guest101"]);
  assertEquals(shown.names.includes("guest100"), false);
});

Deno.test("Transcript shows no control characters", () => {
  for (const text of HOSTILE_TEXTS) {
    const shown = transcript({
      view: { time: "iso", style: style({ color: true, attributes: true }) },
      seen: { history: text, seq: 1, time: NOON },
    });
    const rows = lines(
      shown,
      [lost(text)],
      [connected(3, {
        room: text,
        name: text,
        members: people([text, "ann"]),
        head: { history: text, seq: 3 },
      })],
      [notes(note(2, { name: text, message: text, time: 2 ** 63 }))],
      [notes(note(3, { kind: "whisper", to: text, message: `${text}\n${text}` }))],
      [joined(`${text}!`), left("ann", text), renamed(`${text}?`, `${text}.`)],
      [lost(text)],
      [connected(3, { room: text, name: `${text}2` })],
    );
    assert(rows.length >= 8);
    for (const line of rows) assert(!CONTROL.test(withoutStyle(line)), JSON.stringify(line));
  }
});

Deno.test("Transcript accepts more notes than a call may have arguments", () => {
  const shown = transcript();
  const members = Array.from({ length: 300_000 }, (_, i) => `guest${i}`);
  shown.render([connected(0)]);
  assertEquals(lines(shown, [notes(note(1, { message: "x\n".repeat(300_000) }))]).length, 300_000);
  assertEquals(lines(shown, [{ type: "members", members: people(members) }]), [
    "-- guest0, guest1 and 299,998 others joined; ann left --",
  ]);
});

Deno.test("Transcript dims lines about the chat", () => {
  const view = { time: "off", style: style({ color: false, attributes: true }) } as const;
  const shown = transcript({ view });
  assertEquals(lines(shown, [connected(0)], [joined("eve")]), [
    "\x1b[2m── lobby: ann, bob ──\x1b[22m",
    "\x1b[2m-- eve joined --\x1b[22m",
  ]);
});
