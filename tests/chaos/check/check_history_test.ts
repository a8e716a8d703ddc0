import { assertEquals } from "@std/assert";
import { checkHistory } from "./check_history.ts";
import type { Happening } from "./history.ts";
import { Blame, formatViolation, shortest } from "./violation.ts";

const NAMES: readonly Happening[] = ["ann", "bob", "eve"].map((name) => ({
  type: "named",
  person: name,
  name,
}));

const room = "lobby";

/** A post, whose text begins with its author's letter and may name a recipient: `a1`, `a2>bob`. */
function post(text: string): Happening {
  const [, to] = text.split(">");
  return { type: "posted", person: author(text), room, text, to };
}

function author(text: string): string {
  return { a: "ann", b: "bob", e: "eve" }[text[0]!]!;
}

function accept(text: string, seq: number): Happening {
  return { type: "accepted", person: author(text), room, text, seq };
}

function note(text: string, seq: number, time = 1) {
  const [, to] = text.split(">");
  return { room, seq, name: author(text), text, time, ...(to !== undefined && { to }) };
}

function log(...texts: string[]): Happening[] {
  const head = texts.length;
  return [
    ...texts.map((text, i): Happening => ({ type: "logged", ...note(text, i + 1) })),
    { type: "log read", room, first: 1, head },
  ];
}

function open(reader: string, person?: string): Happening {
  return { type: "opened", reader, room, person, after: 0 };
}

function receive(reader: string, text: string, seq: number, time?: number): Happening {
  return { type: "received", reader, ...note(text, seq, time) };
}

const lost = (reader: string, count: number): Happening => ({ type: "told lost", reader, count });
const close = (reader: string, head: number): Happening => ({ type: "closed", reader, head });
const announce = (reader: string, count: number, head: number): Happening => ({
  ...{ type: "announced", reader, from: 1, count, head },
});

const CASES: readonly [
  what: string,
  history: readonly Happening[],
  violations: readonly string[],
][] = [
  ["a correct room", [
    ...[post("a1"), post("b2>ann"), post("a3"), accept("a1", 1), accept("b2>ann", 2)],
    ...[accept("a3", 3), open("1", "ann"), receive("1", "a1", 1), receive("1", "b2>ann", 2)],
    ...[receive("1", "a3", 3), close("1", 3), open("2"), announce("2", 2, 3)],
    ...[receive("2", "a1", 1), receive("2", "a3", 3), close("2", 3), ...log("a1", "b2>ann", "a3")],
  ], []],
  ["a note that is lost", [post("a1"), accept("a1", 1), ...log()], [
    "2 lost: note 1 was acknowledged, and the log does not have it [accepted, log read]",
  ]],
  ["an acknowledged note in whose place another is", [
    ...[post("a1"), post("b2"), accept("a1", 1), accept("b2", 1), ...log("b2")],
  ], ["2 lost: note 1 was acknowledged to another author [accepted, logged]"]],
  ["a note that was seen and is not in the log", [
    ...[post("a1"), post("a2"), accept("a1", 1), accept("a2", 2), open("1")],
    ...[receive("1", "a1", 1), receive("1", "a2", 2), close("1", 2)],
    ...[{ type: "logged", ...note("a1", 1) }, {
      type: "log read",
      room,
      first: 1,
      head: 2,
    }] as const,
  ], [
    "1 lost: the log has no note 2 [log read]",
    "2 lost: note 2 was seen, and the log does not have it [received, log read]",
  ]],
  ["a note that is there twice", [post("a1"), accept("a1", 1), ...log("a1", "a1")], [
    "3 repeated: a post is there twice: as note 1 and as note 2 [posted, logged, logged]",
  ]],
  ["a note that nobody posted", [...log("a1")], ["3 false: nobody posted note 1 [logged]"]],
  ["notes of an author out of order", [
    ...[post("a1"), post("a2"), accept("a2", 1), accept("a1", 2), ...log("a2", "a1")],
  ], ["1 out of order: note 1 was posted after note 2 [posted, posted, logged, logged]"]],
  ["two readers who see different notes", [
    ...[post("a1"), post("b2"), accept("a1", 1), accept("b2", 2), open("1"), open("2")],
    ...[receive("1", "a1", 1), receive("2", "b2", 1), ...log("a1", "b2")],
  ], ["1 false: note 1 is not the same for all [received, received]"]],
  ["a reader who gets a note twice", [
    ...[post("a1"), accept("a1", 1), open("1"), receive("1", "a1", 1), receive("1", "a1", 1)],
    ...log("a1"),
  ], ["1 repeated: 1 received note 1 after note 1 [received, received]"]],
  ["a reader who misses a note", [
    ...[post("a1"), post("a2"), post("a3"), accept("a1", 1), accept("a2", 2), accept("a3", 3)],
    ...[open("1"), receive("1", "a1", 1), receive("1", "a3", 3), ...log("a1", "a2", "a3")],
  ], ["1 lost: 1 never received note 2 [received, received, logged]"]],
  ["a reader who never gets the last note", [
    ...[post("a1"), accept("a1", 1), open("1"), close("1", 1), ...log("a1")],
  ], ["1 lost: 1 never received note 1 [opened, closed, logged]"]],
  ["a reader who is told of what retention dropped", [
    ...[post("a1"), post("b2>ann"), accept("a1", 1), accept("b2>ann", 2), post("a3")],
    ...[accept("a3", 3), open("1", "eve"), lost("1", 1), receive("1", "a3", 3)],
    ...[{ type: "logged", ...note("a3", 3) }, {
      type: "log read",
      room,
      first: 3,
      head: 3,
    }] as const,
  ], []],
  ["a reader who is told a wrong number", [
    ...[post("a1"), post("a2"), accept("a1", 1), accept("a2", 2), open("1"), lost("1", 3)],
    ...[receive("1", "a2", 2)],
  ], ["4 false: 1 was told that 3 notes are gone, and missed 1 [opened, received]"]],
  ["a private note that is shown", [
    ...[post("a1>bob"), accept("a1>bob", 1), open("1", "eve"), receive("1", "a1>bob", 1)],
    ...log("a1>bob"),
  ], ["7 shown: 1 received a private note between ann and bob [posted, received]"]],
  ["a private note that is counted", [
    ...[post("a1>bob"), accept("a1>bob", 1), open("1", "eve"), announce("1", 1, 1)],
    ...log("a1>bob"),
  ], ["7 shown: 1 was promised 1 notes, and may see 0 [announced, logged]"]],
  ["a note that was refused and is there", [
    ...[post("a1"), { type: "refused", person: "ann", room, text: "a1", reason: "full" } as const],
    ...log("a1"),
  ], ["2 false: note 1 was refused, and is there [refused, logged]"]],
  ["a post without an answer", [post("a1"), ...log("a1")], [
    "2 lost: a post never got an answer [posted]",
  ]],
  ["a post of somebody who is gone", [post("a1"), { type: "vanished", person: "ann" }], []],
  ["two answers", [post("a1"), accept("a1", 1), accept("a1", 1), ...log("a1")], [
    "2 false: a post got two answers [accepted, accepted]",
  ]],
  ["a time that goes back", [
    ...[post("a1"), post("a2"), accept("a1", 1), accept("a2", 2), open("1")],
    ...[receive("1", "a1", 1, 9), receive("1", "a2", 2, 7)],
  ], ["1 out of order: note 2 is 2 ms older than the one before [received, received]"]],
  ["a chat that was ended", [{ type: "ended", reader: "1", reason: "502" }], [
    "8 ended: the chat of 1 was ended: 502 [ended]",
  ]],
];

Deno.test.each(CASES)("checkHistory() sees %s", (_what, history, violations) => {
  const found = checkHistory([...NAMES, ...history]).map(({ promise, wrong, words, history }) =>
    `${promise} ${wrong}: ${words} [${history.map(({ type }) => type).join(", ")}]`
  );
  assertEquals(found, violations);
});

Deno.test("the shortest violation is told event by event, and blamed on the next fault", () => {
  const history: Happening[] = [
    ...NAMES,
    { type: "fault", kind: "freeze" },
    ...[post("a1"), post("a2"), accept("a1", 1), accept("a2", 2)],
    { type: "fault", kind: "kill" },
    ...log("a1", "a1"),
  ];
  const violations = checkHistory(history);
  assertEquals(violations.map(({ promise }) => promise), [3, 2]);
  const first = shortest(violations)!;
  assertEquals(formatViolation(first).split("\n"), [
    "promise 2: note 2 was acknowledged to another author",
    '  ann got an acknowledgement of "a2": note 2',
    '  the log has note 2 of lobby: "a1" by "ann"',
  ]);
  assertEquals(new Blame(history).of(first), "kill");
});
