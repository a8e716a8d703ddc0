import { assert, assertEquals, assertThrows } from "@std/assert";
import type { SayOptions } from "../../../../client/chat.ts";
import { quoteName } from "../../../../client/conversation/commands/arguments.ts";
import { helpLines, helpOnCommand } from "../../../../client/conversation/commands/help.ts";
import { parseLine } from "../../../../client/conversation/commands/parse_line.ts";
import type {
  CommandContext,
  OpenRoom,
} from "../../../../client/conversation/commands/slash_command.ts";
import { SLASH_COMMANDS } from "../../../../client/conversation/commands/table.ts";
import { IgnoredPeople } from "../../../../client/conversation/ignored_people.ts";
import { ChatError } from "../../../../room/errors.ts";
import type { ModerationCommand } from "../../../../room/moderation.ts";
import { isSameName } from "../../../../room/note.ts";
import { CONTROL, HOSTILE_TEXTS } from "../../../support/hostile_text.ts";

function openRoom(room: string, names: string[], missed: OpenRoom["missed"]): OpenRoom {
  const members = names.map((name) => ({ name, verified: true, sessions: 1 }));
  const find = (name: string) => members.find((member) => isSameName(member.name, name));
  const transcript = {
    ...{ name: "me", room, operator: undefined, topic: undefined },
    ...{ members, names, find },
  };
  return { room, transcript, missed };
}

/** A context that records what a command does. */
class RecordingContext implements CommandContext {
  readonly commands = SLASH_COMMANDS;
  readonly connected = true;
  readonly transcript: CommandContext["transcript"] = {
    name: "me",
    room: "lobby",
    operator: undefined,
    topic: { text: "Plans", by: "ann", time: NaN, locked: false, lockedBy: "" },
    members: [
      { name: "me", verified: true, sessions: 1 },
      { name: "Bob", verified: false, sessions: 1 },
    ],
    names: ["Bob", "Kim Min", 'K \\ "M"', "민수", "O'Neil\"s"],
    find: (name) => [{ name: "Bob", verified: false }].find((one) => isSameName(one.name, name)),
  };
  readonly settings: CommandContext["settings"] = { quiet: false, bell: "mention" };
  readonly current: OpenRoom = {
    room: "lobby",
    transcript: this.transcript,
    missed: { notes: 0, mentions: 0 },
  };
  readonly openRooms: readonly OpenRoom[] = [
    this.current,
    openRoom("dev", ["me", "zoë", "Bob"], { notes: 1_200, mentions: 2 }),
    openRoom("design", ["me"], { notes: 0, mentions: 0 }),
  ];
  readonly ignored = new IgnoredPeople({ addresses: [], onFailure: (what) => this.print(what) });
  queried: string | undefined;
  readonly done: unknown[][] = [];

  print(...lines: readonly string[]): void {
    this.done.push(["print", ...lines]);
  }

  say(text: string, options?: SayOptions, room = "lobby"): Promise<void> {
    const where = room === "lobby" ? [] : [room];
    return this.#record("say", text, ...(options ? [options] : []), ...where);
  }

  rename(name: string): Promise<void> {
    return this.#record("rename", name);
  }

  join(rooms: readonly string[]): Promise<void> {
    return this.#record("join", ...rooms);
  }

  view(room: string): void {
    this.done.push(["view", room]);
  }

  part(room: string): void {
    this.done.push(["part", room]);
  }

  showHistory(count: number): Promise<void> {
    return this.#record("showHistory", count);
  }

  search(words: readonly string[]): Promise<void> {
    return this.#record("search", ...words);
  }

  showAround(seq: number): Promise<void> {
    return this.#record("showAround", seq);
  }

  async rooms() {
    await this.#record("rooms");
    return {
      rooms: [{ name: "Lobby", members: 1, topic: "" }, { name: "dev", members: 2, topic: "\x1b" }],
      more: 0,
    };
  }

  setTopic(text: string): Promise<void> {
    return this.#record("setTopic", text);
  }

  async order(command: ModerationCommand) {
    await this.#record("order", command);
    return { words: "the answer\n", sanctions: [], stats: [], names: [] };
  }

  query(to: string | undefined): void {
    this.queried = to;
    this.done.push(["query", to]);
  }

  sayHere(text: string): Promise<void> {
    return this.#record("sayHere", text);
  }

  reply(text: string): Promise<void> {
    return this.#record("reply", text);
  }

  clear(): void {
    this.done.push(["clear"]);
  }

  quit(): void {
    this.done.push(["quit"]);
  }

  #record(...call: unknown[]): Promise<void> {
    this.done.push(call);
    return Promise.resolve();
  }
}

/** Runs a line as the terminal does; returns the calls that it made. */
async function run(typed: string, context = new RecordingContext()): Promise<unknown[][]> {
  const line = parseLine(typed);
  if (line.type === "error") throw new Error(line.message);
  await (line.type === "say" ? context.say(line.text) : line.run(context));
  return context.done;
}

const ANSWER = ["print", "-- the answer\\n --"];

const order = (command: ModerationCommand): unknown[][] => [["order", command], ANSWER];

const privateNote = (
  to: string,
  text: string,
): unknown[][] => [["say", text, { kind: "whisper", to }]];

const NICK = "NAME is words of letters and digits, up to 64 characters.";

const BELL = "-- the bell rings for: ";

const CASES: [line: string, done: unknown[][]][] = [
  ["/join #dev", [["join", "dev"]]],
  ["hello", [["say", "hello"]]],
  ["", [["say", ""]]],
  ["a\n/quit", [["say", "a\n/quit"]]],
  ["//x", [["say", "/x"]]],
  ["//", [["say", "/"]]],
  ["///x", [["say", "//x"]]],
  ["/help", [["print", ...helpLines(SLASH_COMMANDS)]]],
  ["/help  ", [["print", ...helpLines(SLASH_COMMANDS)]]],
  ["/help /NICK", [["print", "/nick NAME: change your name", NICK]]],
  ["/who", [["print", "-- 2 here: me (you), ~Bob --"]]],
  ["/WHO ", [["print", "-- 2 here: me (you), ~Bob --"]]],
  ["/nick  Kim Min ", [["rename", "Kim Min"]]],
  ['/nick "Kim \\"M\\" Min"', [["rename", 'Kim "M" Min']]],
  ["/me waves ", [["say", "waves ", { kind: "action" }]]],
  ["/Me waves\n  twice", [["say", "waves\n  twice", { kind: "action" }]]],
  ["/me\n  waves", [["say", "  waves", { kind: "action" }]]],
  ["/msg bob hi, bob", privateNote("Bob", "hi, bob")],
  ["/msg  bob\n  x\n y", privateNote("Bob", "  x\n y")],
  ['/msg "Kim Min" hi', privateNote("Kim Min", "hi")],
  ['/msg "K \\\\ \\"M\\"" hi', privateNote('K \\ "M"', "hi")],
  ["/msg 민수 안녕", privateNote("민수", "안녕")],
  ["/msg O'Neil\"s hi", privateNote("O'Neil\"s", "hi")],
  ["/join dev", [["join", "dev"]]],
  ["/join the pub", [["join", "the pub"]]],
  ["/join #dev, the pub", [["join", "dev", "the pub"]]],
  ["/room", [[
    "print",
    "── 3 rooms open ──",
    "  1 lobby (you are here)",
    "  2 dev: 1,200 new, 2 for you",
    "  3 design",
  ]]],
  ["/room DEV", [["view", "dev"]]],
  ["/room #dev", [["view", "dev"]]],
  ["/room 3", [["view", "design"]]],
  ["/room l", [["view", "lobby"]]],
  ["/part", [["part", "lobby"]]],
  ["/part 2", [["part", "dev"]]],
  ["/msg zoë hi", [["say", "hi", { kind: "whisper", to: "zoë" }, "dev"]]],
  ["/rooms", [["rooms"], [
    "print",
    "── 2 rooms ──",
    "  Lobby: 1 here (you are here)",
    "  dev: 2 here (open); topic: \\x1b",
  ]]],
  ["/topic", [["print", "-- topic: Plans (set by ann) --"]]],
  ["/topic  ", [["print", "-- topic: Plans (set by ann) --"]]],
  ["/topic  New \u202e plans ", [["setTopic", "New \u202e plans"]]],
  ["/topic one\ntwo", [["setTopic", "one\ntwo"]]],
  ["/topic -", [["setTopic", ""]]],
  ["/topic -delete", [["setTopic", ""]]],
  ["/topic - not that -", [["setTopic", "- not that -"]]],
  ["/lock", [["order", { action: "lock", name: "" }]]],
  ["/unlock", [["order", { action: "unlock", name: "" }]]],
  ["/history", [["showHistory", 100]]],
  ["/history 1", [["showHistory", 1]]],
  ["/history 10000", [["showHistory", 10_000]]],
  ["/history 10,000", [["showHistory", 10_000]]],
  ["/history #1042", [["showAround", 1_042]]],
  ["/history #1,042 ", [["showAround", 1_042]]],
  ["/search disk full", [["search", "disk", "full"]]],
  ['/search "disk full" "x', [["search", "disk full", "x"]]],
  ["/search 배포 “디스크 꽉”", [["search", "배포", "디스크 꽉"]]],
  ['/search "" a"b c"d', [["search", "a", "b c", "d"]]],
  ["/quiet", [["print", "-- joins and leaves are hidden --"]]],
  ["/bell", [["print", `${BELL}notes that name you (/bell mention) --`]]],
  ["/bell ALL", [["print", `${BELL}all notes of others (/bell all) --`]]],
  ["/clear", [["clear"]]],
  ["/quit", [["quit"]]],
  ["/exit", [["quit"]]],
  ["/J dev", [["join", "dev"]]],
  ["/reply  hi\n x", [["reply", " hi\n x"]]],
  ["/r hi", [["reply", "hi"]]],
  ["/query bob", [["query", "Bob"]]],
  ["/query ~bob", [["query", "~Bob"]]],
  ['/query "Kim Min"  hi', [["query", "Kim Min"], ["sayHere", " hi"]]],
  ["/query", [["print", "-- you talk with everybody here --"]]],
  ["/ignore", [["print", "-- you ignore nobody --"]]],
  ["/ignore bob", [["print", "-- you ignore ~Bob: /unignore shows their notes again --"]]],
  ["/ignore ~eve", [["print", "-- you ignore ~eve: /unignore shows their notes again --"]]],
  ["/ignore Kim Min", [["print", "-- you ignore Kim Min: /unignore shows their notes again --"]]],
  ["/kick bob", order({ action: "kick", name: "bob", reason: "" })],
  ["/kick 'bob  off you go ", order({ action: "kick", name: "'bob", reason: "off you go" })],
  ['/Kick "Kim Min" enough', order({ action: "kick", name: "Kim Min", reason: "enough" })],
  ['/kick bob "be nice" ', order({ action: "kick", name: "bob", reason: "be nice" })],
  ['/kick bob "say \\"hi\\""', order({ action: "kick", name: "bob", reason: 'say "hi"' })],
  ['/kick bob say "hi"', order({ action: "kick", name: "bob", reason: 'say "hi"' })],
  ['/kick bob "a" and "b"', order({ action: "kick", name: "bob", reason: '"a" and "b"' })],
  ['/kick bob "', order({ action: "kick", name: "bob", reason: '"' })],
  ['/ban bob "spam"', order({ action: "ban", name: "bob", spanMs: undefined, reason: "spam" })],
  ['/ban bob 5m "2 x"', order({ action: "ban", name: "bob", spanMs: 300_000, reason: "2 x" })],
  ['/ban bob "2 x"', order({ action: "ban", name: "bob", spanMs: undefined, reason: "2 x" })],
  ["/ban bob “spam”", order({ action: "ban", name: "bob", spanMs: undefined, reason: "spam" })],
  ['/ban „Kim Min“ 5m "', order({ action: "ban", name: "Kim Min", spanMs: 300_000, reason: '"' })],
  ['/kick "“a" b', order({ action: "kick", name: "“a", reason: "b" })],
  ["/ban bob", order({ action: "ban", name: "bob", spanMs: undefined, reason: "" })],
  ["/ban bob 30m", order({ action: "ban", name: "bob", spanMs: 1_800_000, reason: "" })],
  [
    "/ban bob  7d  is spam ",
    order({ action: "ban", name: "bob", spanMs: 604_800_000, reason: "is spam" }),
  ],
  [
    "/mute bob is spam",
    order({ action: "mute", name: "bob", spanMs: undefined, reason: "is spam" }),
  ],
  ["/unban 192.0.2.7", order({ action: "unban", name: "192.0.2.7" })],
  ["/unmute Kim Min", order({ action: "unmute", name: "Kim Min" })],
  ["/release Kim Min", order({ action: "release", name: "Kim Min" })],
  ["/names", [["print", "-- 2 here: me (you), ~Bob --"]]],
  ["/owners", [["order", { action: "names", name: "" }], [
    "print",
    "-- nobody owns such a name --",
    "  the answer\\n",
  ]]],
  ["/owners Kim Min ", [["order", { action: "names", name: "Kim Min" }], [
    "print",
    "-- nobody owns such a name --",
    "  the answer\\n",
  ]]],
  ["/remove dev Dev", order({ action: "remove", name: "dev" })],
  ['/remove "the pub"  "the pub" ', order({ action: "remove", name: "the pub" })],
  ["/bans", [["order", { action: "list", name: "" }], [
    "print",
    "-- nobody is banned or muted --",
    "  the answer\\n",
  ]]],
];

Deno.test("a typed line says a text or runs a command", async () => {
  for (const [line, done] of CASES) assertEquals(await run(line), done, line);
});

Deno.test("/quiet and /bell change how the room is shown", async () => {
  const context = new RecordingContext();
  await run("/quiet", context);
  await run("/bell off", context);
  assertEquals([context.settings.quiet, context.settings.bell], [true, "off"]);
  await run("/quiet", context);
  assertEquals(context.settings.quiet, false);
  assertEquals(context.done.at(-1), ["print", "-- joins and leaves are shown --"]);
});

const FAILURES: [line: string, message: string][] = [
  ["/msg Bbo hi", '"Bbo" is not here and has not spoken lately (did you mean Bob?)'],
  ["/msg ~Bbo hi", '"~Bbo" is not here and has not spoken lately (did you mean Bob?)'],
  ["/msg xyzzy hi", '"xyzzy" is not here and has not spoken lately'],
  ["/query Bbo hi", '"Bbo" is not here and has not spoken lately (did you mean Bob?)'],
  ["/ignore ME", "You cannot ignore yourself"],
  ["/unignore bob", 'You do not ignore "bob": /ignore lists ignored people'],
  ["/who bob", 'Unexpected argument "bob"'],
  ["/names bob", 'Unexpected argument "bob"'],
  ["/help nikc", 'Unknown command "/nikc" (did you mean /nick?)'],
  ["/help foo", 'Unknown command "/foo"'],
  ["/help /a/b", 'Unknown command "/a/b"'],
];

Deno.test("a command says why it fails", async () => {
  for (const [line, message] of FAILURES) {
    const error = await run(line).catch((error) => error);
    assert(error instanceof ChatError, line);
    assertEquals(error.message, message, line);
  }
});

Deno.test("a command whose text may come back when it is refused says so", () => {
  const isMessage = (typed: string) => {
    const line = parseLine(typed);
    return line.type === "command" && line.command.args.isMessage === true;
  };
  assertEquals(
    ["/me x", "/msg bob x", "/r x", "/query bob x", "/topic x", "/nick x", "/kick bob x"]
      .map(isMessage),
    [true, true, true, true, true, false, false],
  );
});

const LONG = "n".repeat(65);

const ERRORS: [line: string, message: string][] = [
  ["/kick", "NAME is missing; usage: /kick NAME [REASON]"],
  ...[
    ["1h30m spam", "1h30m"],
    ["-5m spam", "-5m"],
    ["too many: 3 ads", "3"],
    ['"30min" spam', "30min"],
    ["Kim ５m", "５m"],
  ].map(([words, time]): [string, string] => [
    `/ban bob ${words}`,
    `TIME "${time}" must be 1s to 999,999d, with s, m, h or d ` +
    "(quote a name with spaces, and a reason with a number); usage: /ban NAME [TIME] [REASON]",
  ]),
  ...['"5m" spam', "lee 5m", "“5m spam", '"5m" "spam"'].map((words): [string, string] => [
    `/ban bob ${words}`,
    'TIME "5m" must follow NAME, without quotes ' +
    "(quote a name with spaces, and a reason with a number); usage: /ban NAME [TIME] [REASON]",
  ]),
  ...['"5m', '"5m"', "5m”", "“5m”"].map((word): [string, string] => [
    `/ban bob ${word}`,
    'TIME "5m" must follow NAME, without quotes; usage: /ban NAME [TIME] [REASON]',
  ]),
  ...["30min", "5", "-5m", '"30min"'].map((word): [string, string] => [
    `/mute bob ${word}`,
    `TIME "${word.replaceAll('"', "")}" must be 1s to 999,999d, with s, m, h or d; ` +
    "usage: /mute NAME [TIME] [REASON]",
  ]),
  ...["forever", "soon", "spam", '"spam'].map((word): [string, string] => [
    `/ban bob ${word} `,
    `TIME "${
      word.replace('"', "")
    }" must be 1s to 999,999d, with s, m, h or d (quote a reason of one word); ` +
    "usage: /ban NAME [TIME] [REASON]",
  ]),
  [
    `/kick bob ${"x".repeat(201)}`,
    "The reason has 201 characters: at most 200 are allowed; usage: /kick NAME [REASON]",
  ],
  ["/unban", "NAME is missing; usage: /unban NAME"],
  ["/remove", "ROOM is missing; usage: /remove ROOM ROOM"],
  ...["/remove dev", "/remove dev ops", "/remove dev dev now"].map((line): [string, string] => [
    line,
    'Removing room "dev" cannot be undone: to do it, type /remove dev dev; usage: /remove ROOM ROOM',
  ]),
  [
    '/remove "the pub"',
    'Removing room "the pub" cannot be undone: to do it, type /remove "the pub" "the pub"; ' +
    "usage: /remove ROOM ROOM",
  ],
  ["/bans now", 'Unexpected argument "now"; usage: /bans'],
  ["/", 'Unknown command "/": to say it, start with "//"'],
  ["/ who", 'Unknown command "/": to say it, start with "//"'],
  ["/usr/bin is full", 'Unknown command "/usr/bin": to say it, start with "//"'],
  ["/who/", 'Unknown command "/who/": to say it, start with "//"'],
  ["/xyzzy", 'Unknown command "/xyzzy": to say it, start with "//"'],
  ["/cls", 'Unknown command "/cls" (did you mean /clear?)'],
  ["/qiut", 'Unknown command "/qiut" (did you mean /quit?)'],
  ["/HISTROY 5", 'Unknown command "/HISTROY" (did you mean /history?)'],
  ["/constructor", 'Unknown command "/constructor": to say it, start with "//"'],
  [`/${"x".repeat(99)}`, `Unknown command "/${"x".repeat(40)}…": to say it, start with "//"`],
  ["/whois bob", 'Unknown command "/whois" (did you mean /who?)'],
  [" /dm bob x", 'Unknown command "/dm" (did you mean /msg?)'],
  ["/exti", 'Unknown command "/exti" (did you mean /exit?)'],
  ["/reply ", "TEXT is missing; usage: /reply TEXT"],
  ["/r", "TEXT is missing; usage: /reply TEXT"],
  ["/unignore", "NAME is missing; usage: /unignore NAME"],
  ["/quit now", 'Unexpected argument "now"; usage: /quit'],
  ["/nick", "NAME is missing; usage: /nick NAME"],
  ['/nick ""', "NAME is missing; usage: /nick NAME"],
  [
    `/nick ${LONG}`,
    'Name "nnnnnnnnnnnnnnnn…" has 65 characters: at most 64 are allowed; usage: /nick NAME',
  ],
  [
    "/nick a\u200bb",
    'Name "a\\u200bb" contains control or invisible characters; usage: /nick NAME',
  ],
  ["/join  ", "ROOM is missing; usage: /join ROOM[,...]"],
  [
    `/join ${LONG}`,
    'Room "nnnnnnnnnnnnnnnn…" has 65 characters: at most 64 are allowed; usage: /join ROOM[,...]',
  ],
  ["/me", "TEXT is missing; usage: /me TEXT"],
  ["/me  ", "TEXT is missing; usage: /me TEXT"],
  ["/msg ~", "TEXT is missing; usage: /msg NAME TEXT"],
  ["/msg", "NAME is missing; usage: /msg NAME TEXT"],
  ["/msg bob", "TEXT is missing; usage: /msg NAME TEXT"],
  ["/msg bob ", "TEXT is missing; usage: /msg NAME TEXT"],
  ['/msg "Kim Min hi', "NAME is missing; usage: /msg NAME TEXT"],
  ['/msg "Kim"hi', "NAME is missing; usage: /msg NAME TEXT"],
  ['/msg " " hi', 'Name " " is empty; usage: /msg NAME TEXT'],
  ["/history 0", 'N "0" must be a whole number from 1 to 10,000; usage: /history [N|#SEQ]'],
  [
    "/history 10001",
    'N "10001" must be a whole number from 1 to 10,000, or the position #10001; usage: /history [N|#SEQ]',
  ],
  ["/history #0", 'N "#0" must be a whole number from 1 to 10,000; usage: /history [N|#SEQ]'],
  ["/search", "WORDS are missing; usage: /search WORDS"],
  ['/search " "', "WORDS are missing; usage: /search WORDS"],
  [
    `/search ${"x ".repeat(17)}`,
    "A search has 17 words: at most 16 are allowed; usage: /search WORDS",
  ],
  [
    `/search ${"x".repeat(201)}`,
    `The word "${
      "x".repeat(16)
    }…" has 201 characters: at most 200 are allowed in a search; usage: /search WORDS`,
  ],
  ["/history -5", 'N "-5" must be a whole number from 1 to 10,000; usage: /history [N|#SEQ]'],
  ["/history 1e3", 'N "1e3" must be a whole number from 1 to 10,000; usage: /history [N|#SEQ]'],
  ["/bell loud", '"loud" must be off, mention or all; usage: /bell [off|mention|all]'],
];

Deno.test("parseLine() reports errors in one line", () => {
  for (const [line, message] of ERRORS) {
    assertEquals(parseLine(line), { type: "error", message }, line);
  }
});

Deno.test("parseLine() never treats a line with one leading slash as text", () => {
  for (const text of ["", " ", "\n", "x", "/", "x/y", "who", ...HOSTILE_TEXTS]) {
    const { type } = parseLine(`/${text}`);
    assert(type !== "say" || text.startsWith("/"), JSON.stringify(text));
  }
});

Deno.test("parseLine() returns errors that are safe for a terminal", () => {
  for (const text of HOSTILE_TEXTS) {
    for (const start of ["/", "/x", "/who ", "/nick ", "/msg ", "/join ", "/history ", "/bell "]) {
      const parsed = parseLine(start + text);
      if (parsed.type === "error") assert(!CONTROL.test(parsed.message), parsed.message);
    }
  }
});

Deno.test("quoteName() makes a name that /msg accepts", async () => {
  for (const name of ["bob", "Kim Min", '"', 'a "b" \\c', "\\", "O'Neil", '"x', " y", "“x”", "„"]) {
    const context = new RecordingContext();
    Object.assign(context.transcript, { names: [name] });
    assertEquals(await run(`/msg ${quoteName(name)} hi`, context), privateNote(name, "hi"));
  }
});

Deno.test("helpLines() has a line for each command, within 80 columns", () => {
  const lines = helpLines(SLASH_COMMANDS);
  for (const name of SLASH_COMMANDS.keys()) {
    assert(lines.some((line) => line.startsWith(`  /${name}`)), name);
  }
  assertEquals(
    lines[0],
    "  /help [COMMAND]             show the commands, or the help on one of them",
  );
  for (const line of lines) assert(line.length <= 80, line);
  for (const operator of [true, false]) {
    const rows = helpLines(SLASH_COMMANDS, operator).filter((line) => line.startsWith("  /"));
    const widths = rows.map((row) => /^ {2}\/\S.*? {2,}(?=\S)/.exec(row)?.[0].length);
    assertEquals([...new Set(widths)], [operator ? 30 : 27]);
  }
});

Deno.test("helpLines() lists the commands for operators after the others", () => {
  const lines = helpLines(SLASH_COMMANDS);
  const operators = lines.slice(lines.indexOf("For operators of the server:"));
  const isForOperators = (name: string) => operators.some((line) => line.startsWith(`  /${name}`));
  for (const { name, forOperators = false } of SLASH_COMMANDS.values()) {
    assertEquals(isForOperators(name), forOperators, name);
  }
});

Deno.test("/help shows the commands for operators to them, and if nobody says who is one", async () => {
  for (const [operator, shown] of [[true, true], [undefined, true], [false, false]] as const) {
    const context = new RecordingContext();
    Object.assign(context.transcript, { operator });
    const [[, ...lines] = []] = await run("/help", context);
    const seen = ["For operators of the server:", "  /kick NAME [REASON]"].map((start) =>
      lines.some((line) => typeof line === "string" && line.startsWith(start))
    );
    assertEquals(seen, [shown, shown], `${operator}`);
    assertEquals(lines.at(-1), "To say something that starts with a slash, type two: //like this");
  }
});

Deno.test("helpOnCommand() describes one command completely", () => {
  assertEquals(helpOnCommand(SLASH_COMMANDS, "who"), ["/who, /names: list the people here"]);
  assertEquals(helpOnCommand(SLASH_COMMANDS, "nick"), ["/nick NAME: change your name", NICK]);
  assertThrows(() => helpOnCommand(SLASH_COMMANDS, "constructor"), ChatError);
});

Deno.test("parseLine() recognizes a command after a stray space", async () => {
  assertEquals(await run(" /msg bob secret"), privateNote("Bob", "secret"));
  assertEquals(parseLine("  /qiut").type, "error");
  for (const text of [" /usr/bin is full", " // a comment", " / ", "a /who"]) {
    assertEquals(parseLine(text), { type: "say", text });
  }
});

Deno.test("/ignore lists whom it hides, and /unignore shows them again", async () => {
  const context = new RecordingContext();
  const printed = async (typed: string) => (await run(typed, context)).at(-1)?.[1];
  await run("/ignore bob", context);
  await run("/ignore Eve", context);
  assertEquals(await printed("/ignore"), "-- you ignore ~Bob, Eve --");
  assertEquals(await printed("/who"), "-- 2 here: me (you), ~Bob (ignored) --");
  assertEquals(
    await printed("/unignore BOB"),
    "-- you no longer ignore ~Bob; /history shows their notes --",
  );
  assertEquals(await printed("/ignore"), "-- you ignore Eve --");
});

Deno.test("/query without a name ends it, and /me is refused until then", async () => {
  const context = new RecordingContext();
  await run("/query ~bob", context);
  const error = await run("/me waves", context).catch((error) => error);
  assertEquals(
    error.message,
    "An action is for everybody, not for ~Bob alone: /query returns to everybody",
  );
  await run("/query", context);
  await run("/me waves", context);
  assertEquals(context.done, [
    ["query", "~Bob"],
    ["query", undefined],
    ["say", "waves", { kind: "action" }],
  ]);
});

Deno.test("/names with a text tells operators about /owners", async () => {
  const context = new RecordingContext();
  Object.assign(context.transcript, { operator: true });
  const error = await run("/names Kim Min", context).catch((error) => error);
  assertEquals(
    error.message,
    'Unexpected argument "Kim Min": to list owned names, type /owners Kim Min',
  );
});

Deno.test("helpOnCommand() knows aliases, and helpLines() shows them", () => {
  assertEquals(helpOnCommand(SLASH_COMMANDS, "exit"), ["/quit, /exit: leave"]);
  assert(helpLines(SLASH_COMMANDS).some((line) => line.startsWith("  /reply, /r TEXT  ")));
  const words = [...SLASH_COMMANDS.values()].flatMap((
    { name, aliases = [], suggestedFor = [] },
  ) => [name, ...aliases, ...suggestedFor]);
  assertEquals(words, [...new Set(words)]);
});
