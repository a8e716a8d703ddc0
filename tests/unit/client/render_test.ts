import { assert, assertEquals } from "@std/assert";
import type { ShownNote } from "../../../client/chat.ts";
import { renderHeader } from "../../../client/render/header.ts";
import {
  PLAIN_VIEW,
  renderAnswer,
  renderEvent,
  renderNote,
  type View,
} from "../../../client/render/render.ts";
import { ownedNameLines } from "../../../client/render/owned_names.ts";
import { PLAIN, style } from "../../../client/render/style.ts";
import { CONTROL, HOSTILE_TEXTS, withoutStyle } from "../../support/hostile_text.ts";
import { people } from "../../support/people.ts";

const TIME = Date.UTC(2026, 10, 22, 16, 2, 3);
const BERLIN = () => 60;
const HM: View = { time: "hm", style: PLAIN, self: "bob", zone: BERLIN };
const ISO: View = { ...HM, time: "iso" };
const MARKED: View = { ...HM, style: style({ color: false, attributes: false, marks: true }) };
const COLORED: View = { ...HM, style: style({ color: true, attributes: true }) };

const SAID: ShownNote = { name: "ann", message: "hello", kind: "said", seq: 1, time: TIME };
const PRIVATE: ShownNote = { ...SAID, kind: "whisper", to: "Bob", message: "psst" };

const ROWS: [note: ShownNote, view: View, rows: string[]][] = [
  [SAID, PLAIN_VIEW, ["[ann] hello"]],
  [SAID, HM, ["17:02 [ann] hello"]],
  [SAID, ISO, ["2026-11-22T17:02:03+01:00 [ann] hello"]],
  [SAID, { ...ISO, zone: () => -210 }, ["2026-11-22T12:32:03-03:30 [ann] hello"]],
  [{ ...SAID, time: 2 ** 63 }, ISO, ["[ann] hello"]],
  [{ name: "ann", message: "hello", kind: "said" }, HM, ["[ann] hello"]],
  [{ ...SAID, kind: "action", message: "waves" }, HM, ["17:02 * ann waves"]],
  [PRIVATE, HM, ["17:02 [ann → you] psst"]],
  [{ ...PRIVATE, name: "bob", to: "ann" }, HM, ["17:02 [you → ann] psst"]],
  [{ ...PRIVATE, name: "bob" }, HM, ["17:02 [you → you] psst"]],
  [PRIVATE, PLAIN_VIEW, ["[ann → Bob] psst"]],
  [{ ...PRIVATE, toVerified: true }, PLAIN_VIEW, ["[ann → Bob] psst"]],
  [{ ...PRIVATE, name: "bob", to: "kl2", toVerified: false }, HM, ["17:02 [you → ~kl2] psst"]],
  [{ ...PRIVATE, toVerified: false }, HM, ["17:02 [ann → you] psst"]],
  [{ ...SAID, message: "a\nb\r\n\n  c\n" }, HM, ["17:02 [ann] a", "    b", "    ", "      c"]],
  [{ ...SAID, message: "x\n17:02 [bob] y" }, HM, ["17:02 [ann] x", "    17:02 [bob] y"]],
  [{ ...SAID, message: "\nx" }, PLAIN_VIEW, ["[ann] ", "    x"]],
  [{ ...SAID, message: "" }, PLAIN_VIEW, ["[ann] "]],
  [{ ...SAID, message: "  " }, PLAIN_VIEW, ["[ann]   "]],
  [{ ...SAID, message: " \n\n" }, PLAIN_VIEW, ["[ann]  \\n\\n"]],
  [{ ...SAID, message: "a\x1b[1mb" }, PLAIN_VIEW, ["[ann] a\\x1b[1mb"]],
  [{ ...PRIVATE, name: "n".repeat(64), to: "t".repeat(2 ** 20) }, PLAIN_VIEW, [
    `[${"n".repeat(64)} → “${"t".repeat(64)}…”] psst`,
  ]],
  [{ ...SAID, name: "a\x1b\nn" }, PLAIN_VIEW, ["[“a\\x1b\\nn”] hello"]],
  [{ ...SAID, name: "ann] I quit. [eve" }, PLAIN_VIEW, ["[“ann] I quit. [eve”] hello"]],
  [{ ...SAID, name: "ann gives all", kind: "action" }, PLAIN_VIEW, ["* “ann gives all” hello"]],
  [{ ...SAID, name: "Kim Wu" }, PLAIN_VIEW, ["[Kim Wu] hello"]],
  [{ ...SAID, name: "ann → you", verified: false }, HM, ["17:02 [~“ann → you”] hello"]],
  [{ ...PRIVATE, name: "you", to: "a, b" }, HM, ["17:02 [“you” → “a, b”] psst"]],
  [{ ...SAID, name: "bob\u2065" }, PLAIN_VIEW, ["[“bob\\u2065”] hello"]],
  [{ ...SAID, name: "bob\u3000" }, PLAIN_VIEW, ["[“bob\\u3000”] hello"]],
  [{ ...SAID, message: "👩‍💻 می\u200cخواهم" }, PLAIN_VIEW, ["[ann] 👩‍💻 می\u200cخواهم"]],
  [{ ...SAID, message: "Bob: hi\nbobby, bob" }, COLORED, [
    "\x1b[2m17:02\x1b[22m [\x1b[38;5;171mann\x1b[39m] \x1b[7mBob\x1b[27m: hi",
    "    bobby, \x1b[7mbob\x1b[27m",
  ]],
  [{ ...SAID, message: "Bob\r\nbob\n" }, { ...COLORED, time: "off" }, [
    "[\x1b[38;5;171mann\x1b[39m] \x1b[7mBob\x1b[27m",
    "    \x1b[7mbob\x1b[27m",
  ]],
  [PRIVATE, COLORED, [
    "\x1b[2m17:02\x1b[22m \x1b[1m[\x1b[38;5;171mann\x1b[39m → \x1b[7myou\x1b[27m]\x1b[22m psst",
  ]],
  [{ ...PRIVATE, name: "bob", to: "ann" }, { ...COLORED, time: "off" }, [
    "\x1b[1m[you → \x1b[38;5;171mann\x1b[39m]\x1b[22m psst",
  ]],
  [{ ...SAID, message: "hi Bob" }, MARKED, ["17:02 [ann] hi »Bob«"]],
  [PRIVATE, MARKED, ["17:02 [ann → »you«] psst"]],
  // Tabs are spaces up to the next stop.
  [{ ...SAID, message: "\ta\tbcd\te\n\t\tf\r\n1\tg" }, PLAIN_VIEW, [
    "[ann]     a   bcd e",
    "            f",
    "    1   g",
  ]],
  [{ ...SAID, message: "a\tbob\tx" }, { ...COLORED, time: "off" }, [
    "[\x1b[38;5;171mann\x1b[39m] a   \x1b[7mbob\x1b[27m x",
  ]],
  [{ ...SAID, message: "\t" }, PLAIN_VIEW, ["[ann] \\t"]],
  [{ ...SAID, name: "bob", message: "bob" }, { ...COLORED, self: "BOB", time: "off" }, [
    "[\x1b[38;5;63mbob\x1b[39m] bob",
  ]],
];

Deno.test("renderNote() shows a note in rows", () => {
  for (const [note, view, rows] of ROWS) assertEquals(renderNote(note, view), rows);
});

Deno.test("renderNote() shows all of a long note", () => {
  const rows = renderNote({ ...SAID, message: "x\n".repeat(1_000) });
  assertEquals(rows.length, 1_000);
});

Deno.test("renderNote() shows a note of a million tabs", () => {
  const [row] = renderNote({ ...SAID, message: `${"\t".repeat(1_000_000)}x` });
  assertEquals(row!.length, "[ann] ".length + 4_000_001);
});

Deno.test("renderNote() shows no control characters, and no row that looks like another line", () => {
  for (const text of HOSTILE_TEXTS) {
    for (const kind of ["said", "action", "whisper"] as const) {
      for (const view of [PLAIN_VIEW, HM, COLORED]) {
        const message = `bob${text}\n[bob] ${text}bob\n${text}`;
        const rows = renderNote({ ...SAID, kind, name: text, message, to: text }, view);
        for (const row of rows) assert(!CONTROL.test(withoutStyle(row)), JSON.stringify(row));
        for (const row of rows.slice(1)) assert(row.startsWith("    "), row);
      }
    }
  }
});

const CONNECTED = { type: "connected", address: "h:1", name: "ann", contract: "session" } as const;

const GUESTS = Array.from({ length: 23 }, (_, i) => `guest${i}`);

Deno.test("renderHeader() fits the width, as far as that is possible", () => {
  const cases: [room: string, members: string[], columns: number, header: string][] = [
    ["lobby", [], 5, "── lobby ──"],
    ["lobby", ["ann", "bob"], 21, "── lobby: ann, bob ──"],
    ["lobby", ["ann", "bob"], 20, "── lobby: 2 here ──"],
    ["lobby", ["ann", "bob"], 10, "── lobby: 2 here ──"],
    ["x: eve", ["ann, cy", "b (2)"], 80, "── “x: eve”: “ann, cy”, “b (2)” ──"],
    ["lobby", GUESTS, 39, "── lobby: guest0, guest1 and 21 more ──"],
    ["lobby", GUESTS, 38, "── lobby: guest0 and 22 more ──"],
    ["lobby", ["n".repeat(64), "m".repeat(64), "bob"], 80, "── lobby: 3 here ──"],
    ["로비", ["민수", "한국어", "ann"], 29, "── 로비: 민수, 한국어, ann ──"],
    ["로비", ["민수", "한국어", "ann"], 28, "── 로비: 민수 and 2 more ──"],
  ];
  for (const [room, members, columns, header] of cases) {
    const event = { ...CONNECTED, room, members: people(members) };
    assertEquals(renderHeader(event, columns), [header], `${columns} ${header}`);
  }
});

Deno.test("renderEvent() describes events of the connection", () => {
  assertEquals(
    [
      renderEvent({ type: "lost", count: 1 }),
      renderEvent({ type: "lost", count: 1_037 }),
      renderEvent({ type: "lost", count: 1, earlier: true }),
      renderEvent({ type: "lost", count: 1_037, earlier: true }),
      renderEvent({ type: "muted", by: "ann", reason: "spam", spanMs: 600_000 }),
      renderEvent({ type: "muted", by: "", reason: "" }),
      renderEvent({ type: "unmuted", by: "Kim Min" }),
      renderEvent({
        type: "disconnected",
        address: "h:1",
        reason: "no answer",
        retryMs: 1,
        next: "h:1",
      }),
    ],
    [
      "-- 1 note was removed before you could read it --",
      "-- 1,037 notes were removed before you could read them --",
      "-- 1 older note is no longer kept --",
      "-- 1,037 older notes are no longer kept --",
      "-- ann muted you for 10 min: spam --",
      "-- an operator muted you --",
      "-- “Kim Min” unmuted you --",
      '-- not connected to "h:1": no answer; retrying --',
    ],
  );
});

Deno.test("renderEvent() shows no control characters", () => {
  for (const text of HOSTILE_TEXTS) {
    const rows = [
      ...renderHeader({ ...CONNECTED, room: text, members: people([text, text]) }, 1_000),
      renderEvent({
        type: "disconnected",
        address: text,
        reason: text,
        retryMs: 0,
        next: `${text}2`,
      }),
    ];
    for (const row of rows) assert(!CONTROL.test(row), JSON.stringify(row));
  }
});

const KEY = `SHA256:0ZtYq3F${"k".repeat(36)}`;

Deno.test("renderAnswer() shortens the key after a name", () => {
  const short = "SHA256:0ZtYq3F…";
  for (
    const [words, shown] of [
      [`not muted: "bob" (${KEY}), "b" (${KEY})`, `not muted: "bob" (${short}), "b" (${short})`],
      [`banned ${KEY} for 90 s`, `banned ${KEY} for 90 s`],
      [`released "bob", which was owned by ${KEY}`, `released "bob", which was owned by ${KEY}`],
      ['kicked "a (2)\x1b"', String.raw`kicked "a (2)\x1b"`],
    ] as const
  ) assertEquals(renderAnswer(words), `-- ${shown} --`);
});

Deno.test("ownedNameLines() shows who was here just now, whatever the clock of the server", () => {
  const owned = { name: "ann", key: KEY, time: 0, spoken: true };
  const now = 3 * 60_000;
  const names = [
    { ...owned, seen: now + 5_000, spoken: false },
    { ...owned, seen: now - 59_999 },
    { ...owned, seen: now - 61_000 },
  ];
  assertEquals(ownedNameLines(names, now), [
    "── 3 names ──",
    `  ann (${KEY}) owned for 3 min, last here just now, nothing said`,
    `  ann (${KEY}) owned for 3 min, last here just now`,
    `  ann (${KEY}) owned for 3 min, last here 61 s ago`,
  ]);
});
