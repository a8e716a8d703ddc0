import { assert, assertEquals } from "@std/assert";
import type { ChatEvent } from "../../../../client/chat.ts";
import { style } from "../../../../client/render/style.ts";
import { CONTROL, HOSTILE_TEXTS, withoutStyle } from "../../../support/hostile_text.ts";
import { people } from "../../../support/people.ts";
import {
  connected,
  DAY,
  joined,
  left,
  lines,
  lost,
  MINUTE,
  NOON,
  note,
  notes,
  ORIGINAL,
  renamed,
  transcript,
} from "./chat_events.ts";

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

Deno.test("Transcript knows a room that a restarted server spells in another way", () => {
  const room = transcript();
  const shown = lines(
    room,
    [connected(1, { room: "Dev Team" }), notes(note(1))],
    [lost("gone")],
    [connected(1, { room: "dev team" }), notes(note(1))],
  );
  assertEquals([shown, room.room], [
    [
      "── Dev Team: ann, bob ──",
      "[ann] note 1",
      "-- connection lost (gone), retrying --",
      "-- back --",
    ],
    "dev team",
  ]);
});

Deno.test("Transcript names the next server when an outage begins, and the one at its end", () => {
  const outage: ChatEvent = {
    type: "disconnected",
    address: "h:1",
    reason: "stopping",
    retryMs: 0,
    next: "a\nb",
  };
  const shown = lines(
    transcript(),
    [connected(0)],
    [outage],
    [{ ...outage, address: "a\nb", next: "c:1" }],
    [connected(0, { address: "c:1" })],
    [lost("gone")],
    [connected(0, { address: "c:1" })],
  );
  assertEquals(shown.slice(1), [
    '-- connection lost (stopping), trying "a\\nb" --',
    '-- back (now at "c:1") --',
    "-- connection lost (gone), retrying --",
    "-- back --",
  ]);
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
  [[{ type: "members", members: people(["ann", "bob", "cy"]) }], ["-- cy joined --"], []],
  [[renamed("bob", "rob"), joined("eve")], ["-- bob is now rob; eve joined --"], [
    "-- bob is now rob --",
  ]],
  [[notes(note(1)), joined("eve"), notes(note(2)), joined("cy")], [
    "[ann] note 1",
    "-- eve and cy joined --",
    "[ann] note 2",
  ], ["[ann] note 1", "[ann] note 2"]],
];

Deno.test("Transcript reports joins and leaves in one line, or in none", () => {
  for (const [events, loud, silent] of PRESENCE) {
    for (const [quiet, expected] of [[false, loud], [true, silent]] as const) {
      const shown = transcript({ settings: { quiet, bell: "mention" } });
      shown.add([connected(0)]);
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
  shown.add([connected(0)]);
  assertEquals(lines(shown, [notes(note(1, { time: NOON + DAY }))]), [
    "── Monday 23 November 2026 ──",
    "[ann] note 1",
  ]);
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
      const shown = transcript({ settings: { bell, quiet: false } });
      assertEquals(shown.add([connected(5)]).bell, false);
      assertEquals(shown.add([event]).bell, rings[bell], `${bell}: ${JSON.stringify(event)}`);
    }
  }
});

Deno.test("Transcript does not ring for missed notes", () => {
  const shown = transcript({ settings: { bell: "all", quiet: false } });
  shown.add([connected(5), lost("gone"), connected(7)]);
  assertEquals(shown.add([notes(note(6), note(7))]).bell, false);
  assertEquals(shown.add([notes(note(8))]).bell, true);
});

Deno.test("Transcript rings on the original contract once the server has paused", () => {
  let now = NOON;
  const shown = transcript({ now: () => now, settings: { bell: "all", quiet: false } });
  const said = (message: string) => {
    const { bell } = shown.add([notes({ name: "ann", message, kind: "said" })]);
    return bell;
  };
  shown.add([ORIGINAL]);
  assertEquals([said("a"), said("b")], [false, false]);
  for (let i = 0; i < 2; i++) {
    now += 900;
    assertEquals(said("c"), false);
  }
  now += 1_000;
  assertEquals([said("d"), said("e")], [true, true]);
  shown.add([lost("gone"), ORIGINAL]);
  assertEquals(said("f"), false);
});

Deno.test("Transcript shows the new name when another chat replaces this one", () => {
  const shown = transcript();
  shown.add([connected(1)]);
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
  shown.add([connected(1)]);
  assertEquals(lines(shown, [renamed("bob", "rob")], [connected(1, { name: "rob" })]), [
    "-- bob is now rob --",
  ]);
  assertEquals(lines(shown, [renamed("rob", "Rob")], [connected(1, { name: "Rob" })]), [
    "-- rob is now Rob --",
  ]);
});

Deno.test("Transcript lists the latest speaker first, then others, and not oneself", () => {
  const shown = transcript();
  shown.add([connected(9, { members: people(["Ann", "bob", "cy", "dan"]) })]);
  shown.add([notes(note(1), note(2, { name: "eve" }), note(3, { name: "bob" }), note(4))]);
  assertEquals(shown.names, ["Ann", "eve", "cy", "dan"]);
  shown.add([renamed("eve", "eva"), renamed("cy", "cyd"), left("dan"), joined("fay")]);
  assertEquals(shown.names, ["Ann", "eva", "cyd", "fay"]);
  assertEquals(shown.members.map(({ name }) => name), ["Ann", "bob", "cyd", "fay"]);
});

Deno.test("Transcript lists a speaker once who takes the name of an earlier one", () => {
  const shown = transcript();
  shown.add([connected(9, { members: people(["ann", "bob", "cy", "dan"]) })]);
  shown.add([notes(note(1), note(2, { name: "dan" }), note(3, { name: "cy" }))]);
  shown.add([left("ann"), renamed("cy", "ann")]);
  assertEquals(shown.names, ["ann", "dan"]);
});

Deno.test("Transcript lists the people without a key, and not oneself", () => {
  const shown = transcript();
  const guest = (name: string) => ({ name, verified: false, sessions: 1 });
  shown.add([connected(0, { members: [...people(["ann"]), guest("bob"), guest("eve")] })]);
  assertEquals(shown.guests, ["eve"]);
});

Deno.test("Transcript remembers at most 200 speakers", () => {
  const shown = transcript();
  shown.add([connected(0)]);
  for (let i = 1; i <= 300; i++) shown.add([notes(note(i, { name: `guest${i}` }))]);
  assertEquals([shown.names[0], shown.names[199]], ["guest300", "guest101"]);
  assertEquals(shown.names.includes("guest100"), false);
});

Deno.test("Transcript shows no control characters", () => {
  for (const text of HOSTILE_TEXTS) {
    const shown = transcript({ seen: { history: text, seq: 1, time: NOON } });
    const view = { time: "iso", style: style({ color: true, attributes: true }) } as const;
    const rows = lines(
      { shown, view },
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
  shown.add([connected(0)]);
  assertEquals(lines(shown, [notes(note(1, { message: "x\n".repeat(300_000) }))]).length, 300_000);
  assertEquals(lines(shown, [{ type: "members", members: people(members) }]), [
    "-- guest0, guest1 and 299,998 others joined; ann left --",
  ]);
});

Deno.test("Transcript dims lines about the chat", () => {
  const view = { time: "off", style: style({ color: false, attributes: true }) } as const;
  const shown = transcript();
  assertEquals(lines({ shown, view }, [connected(0)], [joined("eve")]), [
    "\x1b[2m── lobby: ann, bob ──\x1b[22m",
    "\x1b[2m-- eve joined --\x1b[22m",
  ]);
});
