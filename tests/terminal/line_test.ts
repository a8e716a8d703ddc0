/**
 * The input line of `chat join` in a real terminal: what it keeps between runs, searches, takes back
 * and sends, and how notes look above it.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { joinLibraryChat } from "../support/library_chat.ts";
import { commandLine, Person, startServer } from "../support/program.ts";
import { hasTmux, lookUntil, quote, Terminal, type TerminalSize } from "../support/terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${why}`, ignore: missing, fn });
}

/** How to join. */
interface JoinOptions extends Partial<TerminalSize> {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** Joins `address` as bob in a terminal, with the files of `person`. */
function join(
  person: Person,
  address: string,
  { columns = 80, rows = 16, env = {}, args = [] }: JoinOptions = {},
): Promise<Terminal> {
  const set = Object.entries({ ...person.env, XDG_STATE_HOME: person.folder, ...env })
    .map(([name, value]) => `${name}=${value}`);
  const bob = ["--server", address, "--name", "bob", "--time", "off", ...args];
  const script = `${quote(["env", ...set, ...commandLine("join", bob)])}; echo "exit $?"`;
  return Terminal.start(script, { columns, rows });
}

const HERE = /^── lobby: (?:.*bob.*|2 here) ──$/m;

/** Types lines, and waits until each of them is in the chat. */
async function say(terminal: Terminal, ...lines: string[]): Promise<void> {
  for (const line of lines) {
    await terminal.type(line);
    await terminal.press("Enter");
    await terminal.waitFor(new RegExp(`^\\[bob\\] ${line}$`, "m"));
  }
}

/** Leaves the chat, which keeps what was typed. */
async function leave(terminal: Terminal): Promise<void> {
  await terminal.press("C-d");
  await terminal.waitFor(/^exit 0$/m);
}

for (const columns of [80, 20]) {
  test(`chat join recalls and searches the lines of an earlier run (${columns} columns)`, async () => {
    await using server = await startServer(["--quiet"]);
    await using bob = new Person();
    {
      await using terminal = await join(bob, server.address, { columns });
      await terminal.waitFor(HERE);
      await say(terminal, "deploy it", "hello");
      await terminal.type("/msg bob psst");
      await terminal.press("Enter");
      await terminal.waitFor(/^\[you → you\] psst$/m);
      await terminal.type("/query bob");
      await terminal.press("Enter");
      await terminal.waitFor(/^@bob>$/m);
      await terminal.type("alone");
      await terminal.press("Enter");
      await terminal.waitFor(/^\[you → you\] alone$/m);
      await terminal.type("/query");
      await terminal.press("Enter");
      await terminal.waitFor(/^>$/m);
      await say(terminal, " spaced");
      await terminal.type("two");
      await terminal.press("M-Enter");
      await terminal.type("rows");
      await terminal.press("Enter");
      await terminal.waitFor(/^\[bob\] two\n {4,6}rows$/m);
      await terminal.type("dropped");
      await terminal.press("C-c");
      await leave(terminal);
    }
    await using terminal = await join(bob, server.address, { columns, args: ["--last", "0"] });
    await terminal.waitFor(HERE);
    await terminal.type("draft");
    await terminal.press("Up");
    await terminal.waitFor(/^> two\n {2}rows$/m);
    await terminal.press("Up", "Up");
    await terminal.waitFor(/^> hello$/m);
    await terminal.press("Up", "Up");
    await terminal.waitFor(/^> deploy it$/m);
    await terminal.press("M->");
    await terminal.waitFor(/^> draft$/m);
    await terminal.press("C-r");
    await terminal.type("ploy");
    await terminal.waitFor(/^\(search\) ploy: deplo\n?y it$/m);
    await terminal.press("C-g");
    await terminal.waitFor(/^> draft$/m);
    await terminal.press("C-r", "C-r");
    await terminal.waitFor(/^\(search\) ploy: deplo\n?y it$/m);
    await terminal.press("End");
    await terminal.type("!");
    await terminal.waitFor(/^> deploy it!$/m);
    await terminal.press("C-_");
    await terminal.waitFor(/^> deploy it$/m);
    await terminal.press("Enter");
    await terminal.waitFor(/^\[bob\] deploy it$/m);
  });
}

test("chat join keeps the lines of each room, readable by the person alone", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  const file = `${bob.folder}/chat/history`;
  {
    await using terminal = await join(bob, server.address);
    await terminal.waitFor(HERE);
    await say(terminal, "in the lobby");
    await terminal.type("/join dev");
    await terminal.press("Enter");
    await terminal.waitFor(/^── dev: bob ──$/m);
    await terminal.press("Up");
    await terminal.type("in dev");
    await terminal.waitFor(/^dev> in dev$/m);
    await terminal.press("Enter");
    await terminal.waitFor(/^\[bob\] in dev$/m);
    await terminal.press("C-d");
    await terminal.waitFor(/^exit 0$/m);
  }
  const records = (await Deno.readTextFile(file)).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  const servers = [server.address];
  assertEquals(records, [
    { servers, room: "lobby", line: "in the lobby" },
    { servers, room: "lobby", line: "/join dev" },
    { servers, room: "dev", line: "in dev" },
  ]);
  assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  await using terminal = await join(bob, server.address, { args: ["--room", "dev"] });
  await terminal.waitFor(/^── dev: bob ──$/m);
  await terminal.press("Up", "Up", "Up");
  await terminal.waitFor(/^> in dev$/m);
});

test("chat join keeps the lines of two terminals at the same time", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  {
    await using one = await join(bob, server.address);
    await one.waitFor(HERE);
    await using two = await join(bob, server.address);
    await two.waitFor(HERE);
    const file = `${bob.folder}/chat/history`;
    for (const [terminal, line] of [[one, "first"], [two, "second"], [one, "third"]] as const) {
      await say(terminal, line);
      await lookUntil(() => Deno.readTextFile(file), (text) => assertStringIncludes(text, line));
    }
    await leave(one);
    await leave(two);
  }
  await using terminal = await join(bob, server.address, { args: ["--last", "0"] });
  await terminal.waitFor(HERE);
  for (const line of ["third", "second", "first"]) {
    await terminal.press("Up");
    await terminal.waitFor(new RegExp(`^> ${line}$`, "m"));
  }
});

test("chat join --no-history neither keeps lines nor reads them", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  const file = `${bob.folder}/chat/history`;
  {
    await using terminal = await join(bob, server.address);
    await terminal.waitFor(HERE);
    await say(terminal, "kept");
    await leave(terminal);
  }
  const before = await Deno.readTextFile(file);
  {
    await using terminal = await join(bob, server.address, { args: ["--no-history"] });
    await terminal.waitFor(HERE);
    await terminal.press("Up");
    await say(terminal, "unkept");
    await terminal.press("Up", "Up");
    await terminal.waitFor(/^> unkept$/m);
    await terminal.press("C-c");
    await leave(terminal);
  }
  assertEquals(await Deno.readTextFile(file), before);
});

test("chat join goes on without its history if that is broken or cannot be kept", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  await Deno.mkdir(`${bob.folder}/chat`, { recursive: true });
  await Deno.writeTextFile(`${bob.folder}/chat/history`, '{"servers":\nnull\n\x1b[2J');
  {
    await using terminal = await join(bob, server.address);
    await terminal.waitFor(HERE);
    await say(terminal, "hello");
    await leave(terminal);
  }
  const state = `${bob.folder}/file`;
  await Deno.writeTextFile(state, "");
  const env = { XDG_STATE_HOME: state };
  await using failing = await join(bob, server.address, { columns: 200, env });
  await failing.waitFor(HERE);
  await say(failing, "still here");
  await failing.waitFor(
    /^-- cannot keep what you type: Cannot write ".*\/file\/chat\/history": a file is in the way of the folder ".*" --$/m,
  );
  await say(failing, "once more");
  assertEquals((await failing.screen()).match(/cannot keep what you type/g)?.length, 1);
});

test("chat join sends the rows of a line as one note", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using bob = new Person();
  await using terminal = await join(bob, server.address, { columns: 20 });
  await terminal.waitFor(HERE);
  await terminal.type("/msg ann one");
  await terminal.press("M-Enter");
  await terminal.type("two");
  await ann.say("meanwhile");
  await terminal.waitFor(/^\[~ann\] meanwhile\n> \/msg ann one\n {2}two$/m);
  await terminal.press("Enter");
  await terminal.waitFor(/^\[you → ~ann\] one\n {4}two\n>$/m);
  await ann.until(({ heard }) => heard.length === 2);
  assertEquals(ann.heard, ["meanwhile", "→ann one\ntwo"]);
});

test("chat join gives refused rows back as they were typed", async () => {
  await using server = await startServer(["--quiet", "--max-note-bytes", "10"]);
  await using bob = new Person();
  await using terminal = await join(bob, server.address);
  await terminal.waitFor(HERE);
  await terminal.type("123456");
  await terminal.press("M-Enter");
  await terminal.type("7890");
  await terminal.press("Enter");
  await terminal.waitFor(/^-- not sent: .* --\n> 123456\n {2}7890$/m);
});

const LONG =
  "a note of many words that wraps at https://example.org/a/link/that/is/rather/long twice";

const WRAPPED: [columns: number, rows: string[]][] = [
  [80, [
    "[~ann] a note of many words that wraps at",
    "       https://example.org/a/link/that/is/rather/long twice",
    "[~ann] one",
    "           two three",
    "[~ann] 한국어는 글자 사이에서 나뉜다 한국어는 글자 사이에서 나뉜다 한국어는 글자",
    "       사이에서 나뉜다",
  ]],
  [40, [
    "[~ann] a note of many words that wraps",
    "       at",
    "    https://example.org/a/link/that/is/r",
    "ather/long",
    "       twice",
    "[~ann] one",
    "           two three",
    "[~ann] 한국어는 글자 사이에서 나뉜다 한",
    "       국어는 글자 사이에서 나뉜다 한국",
    "       어는 글자 사이에서 나뉜다",
  ]],
  [20, [
    "[~ann] a note of",
    "    many words that",
    "    wraps at",
    "    https://example.",
    "org/a/link/that/is/r",
    "ather/long",
    "    twice",
    "[~ann] one",
    "        two three",
    "[~ann] 한국어는 글자",
    "    사이에서 나뉜다",
    "    한국어는 글자 사",
    "    이에서 나뉜다 한",
    "    국어는 글자 사이",
    "    에서 나뉜다",
  ]],
];

test("chat join wraps notes at words, under the start of their text", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using bob = new Person();
  await ann.say(LONG);
  await ann.say("one\n\ttwo\tthree");
  await ann.say(Array(3).fill("한국어는 글자 사이에서 나뉜다").join(" "));
  for (const [columns, rows] of WRAPPED) {
    await using terminal = await join(bob, server.address, { columns, rows: 20 });
    await terminal.waitFor(/나뉜다\n>$/);
    const shown = (await terminal.screen()).split("\n");
    assertEquals(shown.filter((row) => !/^──|^>/.test(row)), rows);
    await leave(terminal);
  }
});

test("chat join makes mentions, private notes and the line before new ones stand out", async () => {
  for (const NO_COLOR of ["", "1"]) {
    await using server = await startServer(["--quiet"]);
    await using ann = joinLibraryChat("ann", server.address);
    await using bob = new Person();
    const env = { NO_COLOR };
    {
      await using terminal = await join(bob, server.address, { env });
      await terminal.waitFor(HERE);
      await ann.say("seen");
      await terminal.waitFor(/\[~ann\] seen/);
      await leave(terminal);
    }
    await ann.say("hello bob");
    await using terminal = await join(bob, server.address, { env });
    await terminal.waitFor(/hello bob/);
    await ann.say("psst", { kind: "whisper", to: "bob" });
    await terminal.waitFor(/psst/);
    const styled = (await terminal.styled()).replaceAll("\x1b", "^");
    assertMatch(styled, /hello \^\[[0-9;]*7mbob/);
    assertMatch(styled, /\^\[[0-9;]*1m[^→]*~ann[^→]*→ \^\[[0-9;]*7myou/);
    assertMatch(
      styled,
      NO_COLOR === "" ? /\^\[1m\^\[38;5;160m── 1 new since/ : /\^\[1m── 1 new since/,
    );
  }
});

test("chat join puts mentions between marks on a terminal without weights", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using bob = new Person();
  await ann.say("hello bob");
  await using terminal = await join(bob, server.address, { env: { TERM: "dumb" } });
  await terminal.waitFor(/^\[~ann\] hello »bob«$/m);
});
