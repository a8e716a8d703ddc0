import { assert, assertEquals } from "@std/assert";
import { quoteName } from "../../../client/terminal/commands/args.ts";
import {
  helpLines,
  type Line,
  parseLine,
  SLASH_COMMANDS,
} from "../../../client/terminal/commands/commands.ts";
import { CONTROL, HOSTILE_TEXTS } from "../../support/hostile_text.ts";

const PARSED: [line: string, parsed: Line][] = [
  ["hello", { type: "say", text: "hello" }],
  ["", { type: "say", text: "" }],
  ["a\n/quit", { type: "say", text: "a\n/quit" }],
  ["//x", { type: "say", text: "/x" }],
  ["//", { type: "say", text: "/" }],
  ["///x", { type: "say", text: "//x" }],
  ["/help", { type: "help" }],
  ["/help  ", { type: "help" }],
  ["/help /NICK", { type: "help", about: "nick" }],
  ["/who", { type: "who" }],
  ["/WHO ", { type: "who" }],
  ["/nick  Kim Min ", { type: "nick", name: "Kim Min" }],
  ['/nick "Kim \\"M\\" Min"', { type: "nick", name: 'Kim "M" Min' }],
  ["/me waves ", { type: "me", text: "waves " }],
  ["/Me waves\n  twice", { type: "me", text: "waves\n  twice" }],
  ["/me\n  waves", { type: "me", text: "  waves" }],
  ["/msg bob hi, bob", { type: "msg", to: "bob", text: "hi, bob" }],
  ["/msg  bob\n  x\n y", { type: "msg", to: "bob", text: "  x\n y" }],
  ['/msg "Kim Min" hi', { type: "msg", to: "Kim Min", text: "hi" }],
  ['/msg "K \\\\ \\"M\\"" hi', { type: "msg", to: 'K \\ "M"', text: "hi" }],
  ["/msg 민수 안녕", { type: "msg", to: "민수", text: "안녕" }],
  ["/msg O'Neil\"s hi", { type: "msg", to: "O'Neil\"s", text: "hi" }],
  ["/join dev", { type: "join", room: "dev" }],
  ["/join the pub", { type: "join", room: "the pub" }],
  ["/rooms", { type: "rooms" }],
  ["/history", { type: "history", last: 100 }],
  ["/history 1", { type: "history", last: 1 }],
  ["/history 10000", { type: "history", last: 10_000 }],
  ["/quiet", { type: "quiet" }],
  ["/bell", { type: "bell" }],
  ["/bell ALL", { type: "bell", mode: "all" }],
  ["/quit", { type: "quit" }],
  ["/kick bob", { type: "kick", name: "bob", reason: "" }],
  ["/kick 'bob  off you go ", { type: "kick", name: "'bob", reason: "off you go" }],
  ['/Kick "Kim Min" enough', { type: "kick", name: "Kim Min", reason: "enough" }],
  ["/ban bob", { type: "ban", name: "bob", spanMs: undefined, reason: "" }],
  ["/ban bob 30m", { type: "ban", name: "bob", spanMs: 1_800_000, reason: "" }],
  ["/ban bob  7d  is spam ", { type: "ban", name: "bob", spanMs: 604_800_000, reason: "is spam" }],
  ["/mute bob is spam", { type: "mute", name: "bob", spanMs: undefined, reason: "is spam" }],
  ["/unban 192.0.2.7", { type: "unban", name: "192.0.2.7" }],
  ["/unmute Kim Min", { type: "unmute", name: "Kim Min" }],
  ["/release Kim Min", { type: "release", name: "Kim Min" }],
  ["/names", { type: "names", pattern: "" }],
  ["/names Kim Min ", { type: "names", pattern: "Kim Min" }],
  ["/remove dev Dev", { type: "remove", name: "dev" }],
  ['/remove "the pub"  "the pub" ', { type: "remove", name: "the pub" }],
  ["/bans", { type: "bans" }],
];

Deno.test("parseLine() parses texts and commands", () => {
  for (const [line, parsed] of PARSED) assertEquals(parseLine(line), parsed, line);
});

const LONG = "n".repeat(65);

const ERRORS: [line: string, message: string][] = [
  ["/kick", "NAME is missing; usage: /kick NAME [REASON]"],
  [
    "/ban bob 1h30m spam",
    'TIME "1h30m" must be 1s to 999,999d, with s, m, h or d; usage: /ban NAME [TIME] [REASON]',
  ],
  [
    "/ban bob 30min",
    'TIME "30min" must be 1s to 999,999d, with s, m, h or d; usage: /ban NAME [TIME] [REASON]',
  ],
  [
    "/mute bob 5",
    'TIME "5" must be 1s to 999,999d, with s, m, h or d; usage: /mute NAME [TIME] [REASON]',
  ],
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
  ["/bans now", '/bans takes no argument: "now"; usage: /bans'],
  ["/", 'Unknown command "/": to say it, start with "//"'],
  ["/ who", 'Unknown command "/": to say it, start with "//"'],
  ["/usr/bin is full", 'Unknown command "/usr/bin": to say it, start with "//"'],
  ["/who/", 'Unknown command "/who/": to say it, start with "//"'],
  ["/xyzzy", 'Unknown command "/xyzzy": to say it, start with "//"'],
  ["/qiut", 'Unknown command "/qiut" (did you mean /quit?)'],
  ["/HISTROY 5", 'Unknown command "/HISTROY" (did you mean /history?)'],
  ["/constructor", 'Unknown command "/constructor": to say it, start with "//"'],
  [`/${"x".repeat(99)}`, `Unknown command "/${"x".repeat(40)}…": to say it, start with "//"`],
  ["/help nikc", 'There is no command "/nikc" (did you mean /nick?); usage: /help [COMMAND]'],
  ["/help foo", 'There is no command "/foo"; usage: /help [COMMAND]'],
  ["/help /a/b", 'There is no command "/a/b"; usage: /help [COMMAND]'],
  ["/who bob", '/who takes no argument: "bob"; usage: /who'],
  ["/quit now", '/quit takes no argument: "now"; usage: /quit'],
  ["/nick", "NAME is missing; usage: /nick NAME"],
  ['/nick ""', "NAME is missing; usage: /nick NAME"],
  [
    `/nick ${LONG}`,
    'Name "nnnnnnnnnnnnnnnn…" has 65 characters: at most 64 are allowed; usage: /nick NAME',
  ],
  [
    "/nick a\u200bb",
    'Name "a\\u200bb" holds control or invisible characters; usage: /nick NAME',
  ],
  ["/join  ", "ROOM is missing; usage: /join ROOM"],
  [
    `/join ${LONG}`,
    'Room "nnnnnnnnnnnnnnnn…" has 65 characters: at most 64 are allowed; usage: /join ROOM',
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
  ["/history 0", 'N "0" must be a whole number from 1 to 10,000; usage: /history [N]'],
  ["/history 10001", 'N "10001" must be a whole number from 1 to 10,000; usage: /history [N]'],
  ["/history -5", 'N "-5" must be a whole number from 1 to 10,000; usage: /history [N]'],
  ["/history 1e3", 'N "1e3" must be a whole number from 1 to 10,000; usage: /history [N]'],
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

Deno.test("quoteName() makes a name that /msg accepts", () => {
  for (const name of ["bob", "Kim Min", '"', 'a "b" \\c', "\\", "O'Neil", '"x', " y"]) {
    assertEquals(parseLine(`/msg ${quoteName(name)} hi`), { type: "msg", to: name, text: "hi" });
  }
});

Deno.test("helpLines() has a line for each command, within 80 columns", () => {
  const lines = helpLines();
  for (const name of SLASH_COMMANDS.keys()) {
    assert(lines.some((line) => line.startsWith(`  /${name}`)), name);
  }
  assertEquals(
    lines[0],
    "  /help [COMMAND]          show the commands, or what there is to know of one",
  );
  for (const line of lines) assert(line.length <= 80, line);
});

Deno.test("helpLines() describes one command in full", () => {
  assertEquals(helpLines("who"), ["/who: show who is here"]);
  assertEquals(helpLines("nick"), [
    "/nick NAME: take another name",
    "NAME is words of letters and digits, up to 64 characters.",
  ]);
});

Deno.test("parseLine() recognizes a command after an accidental space", () => {
  assertEquals(parseLine(" /msg bob secret"), { type: "msg", to: "bob", text: "secret" });
  assertEquals(parseLine("  /qiut").type, "error");
  for (const text of [" /usr/bin is full", " // a comment", " / ", "a /who"]) {
    assertEquals(parseLine(text), { type: "say", text });
  }
});
