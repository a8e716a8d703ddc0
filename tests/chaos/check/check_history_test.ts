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

const topic = (type: "topic asked" | "topic set" | "topic refused", person: string, text: string) =>
  ({ type, person, room, text }) as const;
const see = (reader: string, text: string, isLast = false): Happening => ({
  ...{ type: "topic seen", reader, room, text, isLast },
});
const setTopic = (text: string, person = "ann"): Happening[] => [
  topic("topic asked", person, text),
  topic("topic set", person, text),
];
const LOCKED: Happening = { type: "topic locked", person: "ann", room };
const UNLOCKING: Happening = { type: "unlocking topic", person: "ann", room };
const mute = (type: "muted" | "unmuting", person: string): Happening => ({ type, person });
const search = (person: string | undefined, word: string): Happening => ({
  ...{ type: "search", search: "9", room, person, word },
});
const found = (text: string, seq: number): Happening => ({
  ...{ type: "found", search: "9", ...note(text, seq) },
});
const searched = (searched: number): Happening => ({ type: "search ended", search: "9", searched });

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
  ["a refused note that may be there", [
    ...[post("a1"), open("1"), receive("1", "a1", 1)],
    { type: "refused", person: "ann", room, text: "a1", reason: "engine", mayBeStored: true },
  ], []],
  ["a reader who is not told of a note that is there", [
    ...[post("a1"), post("a2"), accept("a1", 1), accept("a2", 2), open("1"), announce("1", 1, 1)],
    ...log("a1", "a2"),
  ], ["1 lost: 1 was told that note 1 is the newest [accepted, opened, announced]"]],
  ["a reader whose server is behind", [
    ...[post("a1"), accept("a1", 1)],
    { type: "opened", reader: "1", room, mayLag: true, after: 0 },
    { type: "announced", reader: "1", from: 1, count: 0, head: 0 },
    ...log("a1"),
  ], []],
  ["a reader who starts too early", [
    ...[post("a1"), post("a2"), accept("a1", 1), accept("a2", 2)],
    { type: "opened", reader: "1", room, last: 1 },
    ...[announce("1", 2, 2), receive("1", "a1", 1), receive("1", "a2", 2), ...log("a1", "a2")],
  ], ["1 false: 1 asked for the newest 1 of 2 notes, and got 2 [opened, announced]"]],
  ["a reader who starts too late, and notes that came meanwhile", [
    ...[post("a1"), post("a2"), post("a3"), accept("a1", 1), accept("a2", 2)],
    { type: "opened", reader: "1", room, last: 2 },
    { type: "opened", reader: "2", room, last: 2 },
    ...[accept("a3", 3), announce("1", 3, 3)],
    { type: "announced", reader: "2", from: 3, count: 1, head: 3 },
    ...log("a1", "a2", "a3"),
  ], ["1 false: 2 asked for the newest 2 of 3 notes, and got 1 [opened, announced]"]],
  ["topics that are set, and seen in their order", [
    ...[...setTopic("t1"), open("1"), see("1", "t1"), topic("topic asked", "ann", "t2")],
    ...[see("1", "t2"), topic("topic asked", "bob", "t3"), topic("topic refused", "bob", "t3")],
    ...[open("2"), see("2", "t1", true), see("2", "t2", true)], // One of them, as far as is known.
    { type: "topic logged", room, text: "t2" },
  ], []],
  ["a topic that is lost", [
    ...[...setTopic("t1"), ...setTopic("t2"), { type: "topic logged", room, text: "t1" } as const],
    ...[open("1"), see("1", "", true)],
  ], [
    "9 lost: the topic of lobby was set, and is another one [topic asked, topic set, topic logged]",
    "9 lost: the topic of lobby was set, and is another one [topic asked, topic set, topic seen]",
  ]],
  ["a topic that comes back", [
    ...[...setTopic("t1"), open("1"), see("1", "t1"), ...setTopic("t2"), see("1", "t2")],
    see("1", "t1"),
  ], [
    "9 repeated: 1 saw a topic again that had been replaced [topic set, topic asked, topic seen]",
  ]],
  ["topics that nobody has set", [
    ...[open("1"), see("1", "t1"), topic("topic asked", "bob", "t2")],
    ...[topic("topic refused", "bob", "t2"), see("1", "t2")],
  ], [
    "9 false: nobody has set this topic [topic seen]",
    "9 false: a topic was refused, and is there [topic asked, topic refused, topic seen]",
  ]],
  ["a locked topic that is set", [
    ...[LOCKED, ...setTopic("t1"), ...setTopic("t2", "bob"), topic("topic asked", "bob", "t3")],
    ...[UNLOCKING, topic("topic set", "bob", "t3"), ...setTopic("t4", "bob")],
  ], ["9 false: a locked topic was set [topic locked, topic asked, topic set]"]],
  ["notes of somebody who is muted", [
    ...[post("b1"), mute("muted", "bob"), accept("b1", 1), post("b2"), post("a3"), accept("a3", 2)],
    ...[accept("b2", 3), post("b4"), mute("unmuting", "bob"), accept("b4", 4), post("b5")],
    ...[accept("b5", 5), ...log("b1", "a3", "b2", "b4", "b5")],
  ], ["10 false: note 3 is by bob, who was muted [muted, posted, accepted]"]],
  ["searches that find all that was there", [
    ...[post("a1"), post("b2>ann"), post("a3"), accept("a1", 1), accept("b2>ann", 2)],
    ...[accept("a3", 3), search("eve", "a"), post("a4"), accept("a4", 4), found("a3", 3)],
    ...[found("a1", 1), searched(1), ...log("a1", "b2>ann", "a3", "a4")],
  ], []],
  ["a search that misses a note, and one that is cut off", [
    ...[post("a1w"), post("a2w"), accept("a1w", 1), accept("a2w", 2), search("eve", "w")],
    ...[found("a2w", 2), searched(1), ...log("a1w", "a2w")],
    { ...search("bob", "w"), search: "10" } as Happening,
  ], ["11 lost: a search missed note 1 [accepted, search, search ended]"]],
  ["a search that looked only so far", [
    ...[post("a1w"), post("a2w"), accept("a1w", 1), accept("a2w", 2), search("eve", "w")],
    ...[found("a2w", 2), searched(2), ...log("a1w", "a2w")],
  ], []],
  ["a search that finds too much", [
    ...[post("a1"), post("b2>ann"), accept("a1", 1), accept("b2>ann", 2), search("eve", "b2")],
    ...[
      found("b2>ann", 2),
      found("b2>ann", 2),
      found("a1", 1),
      searched(1),
      ...log("a1", "b2>ann"),
    ],
  ], [
    "7 shown: a search found note 2, which is private [posted, search, found]",
    "11 repeated: a search found note 2 after note 2 [search, found, found]",
    "7 shown: a search found note 2, which is private [posted, search, found]",
    "11 false: a search found note 1 without the word [search, found]",
  ]],
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
