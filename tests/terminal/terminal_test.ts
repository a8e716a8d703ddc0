import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { escapeText } from "../../text/escape.ts";
import { HOSTILE_TEXTS } from "../support/hostile_text.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { commandLine, freePort, Person, startServer, taskCommandLine } from "../support/program.ts";
import { hasTmux, quote, Terminal, type TerminalSize } from "../support/terminal.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { Proxy } from "../support/wire/proxy.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** The folder for the chats' state, instead of the home of the person who runs the tests. */
const STATE = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(STATE, { recursive: true }));

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${why}`, ignore: missing, fn });
}

/** The options for joining. */
interface JoinOptions extends Partial<TerminalSize> {
  /** The format of times. Default: no times. */
  time?: string;
  /** Further arguments. */
  args?: string[];
  /** Environment variables. */
  env?: Record<string, string>;
}

/** The command line that joins `address` as bob. */
function joinCommand(
  address: string,
  { time = "off", args = [], env = {} }: JoinOptions = {},
): string {
  const bob = ["--server", address, "--name", "bob", "--time", time, ...args];
  const set = Object.entries({ XDG_STATE_HOME: STATE, ...env });
  return quote([
    "env",
    ...set.map(([name, value]) => `${name}=${value}`),
    ...commandLine("join", bob),
  ]);
}

/** Joins `address` as bob in a terminal, and compares the terminal's settings before and after. */
function join(address: string, options: JoinOptions = {}): Promise<Terminal> {
  const { columns = 40, rows = 14 } = options;
  const script = `trap : INT; before=$(stty -a); ${joinCommand(address, options)}; code=$?
    [ "$before" = "$(stty -a)" ] && echo "exit $code, restored" || echo "exit $code, not restored"`;
  return Terminal.start(script, { columns, rows });
}

/** The rows of the screen, except rows that only list the people present. */
async function rowsOf(terminal: Terminal): Promise<string[]> {
  const rows = (await terminal.screen()).split("\n");
  return rows.filter((row) => !/^(──|--) /.test(row));
}

const HERE = /^── lobby: .*bob.* ──$/m;

test("chat join shows notes above the line being typed, which stays unchanged", async () => {
  await using server = await startServer(["--quiet"]);
  using peer = new Peer(server.address);
  await using terminal = await join(server.address);
  await terminal.waitFor(/^── lobby: bob ──\n>$/);
  await terminal.type("half a line that is long enough to wrap 你好");
  await terminal.press("Left");
  await terminal.waitFor(/你好$/);
  for (const message of ["one", "two", "three"]) await peer.send({ name: "ann", message });
  await terminal.waitFor(/three/);
  assertEquals(await rowsOf(terminal), [
    "[~ann] one",
    "[~ann] two",
    "[~ann] three",
    "> half a line that is long enough to wra",
    "p 你好",
  ]);
  await terminal.type("!");
  await terminal.press("Enter");
  await terminal.waitFor(/\[bob\] half a line/);
  const said = (await peer.read(4)).at(-1);
  assertEquals(said, { name: "bob", message: "half a line that is long enough to wrap 你!好" });
});

test("chat join leaves the line alone during a flood of notes, with the cursor in its middle", async () => {
  await using server = await startServer(["--quiet"]);
  await using terminal = await join(server.address, { columns: 30 });
  await terminal.waitFor(HERE);
  await using ann = joinLibraryChat("ann", server.address);
  const storm = { over: false, said: 0 };
  const storming = (async () => {
    // Each is accepted before the next: hundreds per second, for as long as the person types.
    while (!storm.over || storm.said < 400) await ann.say(`note ${++storm.said}`);
  })();
  await terminal.type("wide and wrapped: 你好👩‍💻e\u0301 tail");
  await terminal.press("Left", "Left", "Left", "Left", "Left", "Left");
  await terminal.type("<");
  await terminal.press("Right");
  await terminal.type(">");
  await terminal.press("Left", "Left", "Left");
  await terminal.type("한");
  storm.over = true;
  await storming;
  await terminal.waitFor(new RegExp(`note ${storm.said}$`, "m"));
  const typed = "wide and wrapped: 你好👩‍💻한<e\u0301> tail";
  await terminal.waitFor(/한\n?<\n?e\u0301\n?> tail$/u);
  const rows = (await rowsOf(terminal)).join("\n").normalize("NFC");
  // No part of the line is left anywhere above, and no note is missing or repeated.
  const [, above = "", line = ""] = /^([^]*?\n)(> wide [^]*)$/.exec(rows) ?? [];
  assertEquals(line.replace("\n", ""), `> ${typed}`.normalize("NFC"));
  const shown = above.trimEnd().split("\n");
  assertEquals(shown, shown.map((_, i) => `[~ann] note ${storm.said - shown.length + 1 + i}`));
  await terminal.press("Enter");
  await terminal.waitFor(/\[bob\] wide/);
  await ann.until(({ heard }) => heard.length > storm.said);
  assertEquals(ann.heard.at(-1), typed);
});

test("chat join fits its line about the room to the terminal, with wide names", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using _minsu = joinLibraryChat("민수민수민수", server.address);
  await ann.until(({ happened }) => happened.includes("+민수민수민수"));
  await using terminal = await join(server.address, { columns: 37 });
  await terminal.waitFor(/^── lobby: ~ann, ~민수민수민수, bob ──$/m);
  await terminal.type("/join dev");
  await terminal.press("Enter");
  await terminal.waitFor(/^── dev: bob ──$/m);
  await terminal.resize({ columns: 36, rows: 14 });
  await terminal.type("/join lobby");
  await terminal.press("Enter");
  await terminal.waitFor(/^── lobby: ~ann and 2 more ──$/m);
});

test("chat join shows your own note once, when it is accepted", async () => {
  await using server = await startServer(["--quiet"]);
  await using terminal = await join(server.address);
  await terminal.waitFor(HERE);
  await terminal.type("a line that is long enough to wrap around");
  await terminal.press("Enter");
  await terminal.waitFor(/^\[bob\] a line/m);
  await terminal.type("x");
  await terminal.waitFor(/> x$/);
  assertEquals(await rowsOf(terminal), [
    "[bob] a line that is long enough to wrap",
    "      around",
    "> x",
  ]);
});

test("chat join puts a refused text back into the input line, with the reason", async () => {
  await using server = await startServer(["--quiet", "--max-note-bytes", "5"]);
  await using terminal = await join(server.address);
  await terminal.waitFor(HERE);
  await terminal.type("too long");
  await terminal.press("Enter");
  await terminal.waitFor(/-- not sent: Note has 8 bytes: at most 5\s+are allowed --\n> too long$/);
});

test("chat join does not mix a refused text with a text typed since", async () => {
  await using server = await startServer(["--quiet", "--rate", "1", "--burst", "1"]);
  await using terminal = await join(server.address, { columns: 80 });
  await terminal.waitFor(HERE);
  await terminal.send("one\rtwo\rthree\r");
  await terminal.waitFor(/\n> two$/);
  await terminal.type("four");
  await terminal.waitFor(/\n> four$/);
  const rows = (await terminal.screen()).replaceAll(/Too many notes[^)]*\)/g, "too many").split(
    "\n",
  );
  const shown = [
    "-- not sent: too many --",
    "-- not sent: too many: three --",
    "-- not sent: two --",
  ];
  assertEquals(rows.filter((row) => row.startsWith("-- ")), shown);
});

test("chat join makes one note of many pasted lines, once that is confirmed", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using terminal = await join(server.address, { columns: 70 });
  await terminal.waitFor(/bob/);
  await terminal.paste("first\n\tsecond \x1b[31m\nthird\n");
  await terminal.waitFor(/^> ⟦3 lines⟧$/m);
  await terminal.press("Enter");
  await terminal.waitFor(/^-- not sent yet: 3 lines, 25 characters --\n {4}first\n {8}second/m);
  await terminal.waitFor(/^-- Enter sends one note, Ctrl-C drops it --$/m);
  assertEquals(ann.heard, []);
  await terminal.press("Enter");
  await terminal.waitFor(/^\[bob\] first\n {10}second \\x1b\[31m\n {6}third\n>$/m);
  await ann.until(({ heard }) => heard.length > 0);
  assertEquals(ann.heard, ["first\n\tsecond \x1b[31m\nthird"]);
});

test("chat join keeps the line through a resize", async () => {
  await using server = await startServer(["--quiet"]);
  using peer = new Peer(server.address);
  await using terminal = await join(server.address, { columns: 60 });
  await terminal.waitFor(HERE);
  await peer.send({ name: "ann", message: "before" });
  await terminal.waitFor(/before/);
  await terminal.type("this line wraps where the window is narrow");
  await terminal.waitFor(/narrow$/);
  await terminal.resize({ columns: 20, rows: 14 });
  await terminal.waitFor(/> this line wraps wh\nere the window is na\nrrow$/);
  await terminal.resize({ columns: 60, rows: 14 });
  await terminal.waitFor(/> this line wraps where the window is narrow$/);
  await peer.send({ name: "ann", message: "after" });
  await terminal.waitFor(/after/);
  assertEquals(await rowsOf(terminal), [
    "[~ann] before",
    "[~ann] after",
    "> this line wraps where the window is narrow",
  ]);
});

test("chat join is usable at 20 columns", async () => {
  await using server = await startServer(["--quiet"]);
  using peer = new Peer(server.address);
  await using terminal = await join(server.address, { columns: 20 });
  await terminal.waitFor(/^── lobby: bob ──$/m);
  await terminal.type("typed while 안녕하세요");
  await peer.send({ name: "ann", message: "a note that is longer than a row" });
  await terminal.waitFor(/ row\n/);
  await terminal.waitFor(/안녕하\n세요$/);
  assertEquals(await rowsOf(terminal), [
    "[~ann] a note that",
    "    is longer than a",
    "    row",
    "> typed while 안녕하",
    "세요",
  ]);
});

for (const time of ["hm", "off"]) {
  for (const width of [120, 20]) {
    test(`chat join shows no note that looks like another line, from ${width} columns on, at --time ${time}`, async () => {
      await using server = await startServer(["--quiet", "--rate", "0"]);
      await using eve = joinLibraryChat("eve", server.address);
      const head = time === "hm" ? "08:31 [~eve] " : "[~eve] ";
      const false_ = [`${time === "hm" ? "08:32 " : ""}[ann] I quit.`, "-- ann left --"];
      for (let columns = 20; columns <= 120; columns++) {
        const room = columns - head.length;
        const filler = [" ", "\u2800", "a", "ab ", "한"][columns % 5]!;
        await eve.say(filler.repeat(room).slice(0, room) + false_[columns % 2]);
      }
      await eve.say("last");
      const size = { columns: width, rows: 50 };
      await using terminal = await join(server.address, { time, ...size, args: ["--last", "200"] });
      await terminal.waitFor(/\[~eve\] last$/m);
      const own = /^(?:\d\d:\d\d )?\[~eve\](?: |$)|^── |^>$/;
      const rows = (await terminal.history()).split("\n").filter((row) => !own.test(row));
      assertEquals(rows.filter((row) => !row.startsWith("    ")), []);
      for (const columns of [20, 33, 46, 47, 61, 80, 99, 100, 120, 21, 119]) {
        await terminal.resize({ columns, rows: 50 });
        const shown = (await terminal.history()).split("\n");
        const faked = shown.filter((row) => /^(?:\d\d:\d\d )?\[ann\]|^-- ann/.test(row));
        assertEquals([columns, faked], [columns, []]);
        await eve.say(`${"a ".repeat(columns)}${false_[0]} ${columns}`);
        await terminal.waitFor(new RegExp(`^ {4}.*${columns}$`, "m"));
      }
    });
  }
}

const PADDED = `hi${" ".repeat(25)}[ann] I quit.`; // At 34 columns the rest would start a row.

test("chat tail indents wrapped rows on a terminal only", async () => {
  await using server = await startServer(["--quiet"]);
  await using eve = joinLibraryChat("eve", server.address);
  await eve.say(PADDED);
  const tail = quote(
    commandLine("tail", ["--server", server.address, "--time=off", "--until-now"]),
  );
  await using terminal = await Terminal.start(`${tail}; ${tail} | cat`, { columns: 34, rows: 9 });
  await terminal.waitFor(/(I quit\.[^]*){2}/);
  assertEquals((await terminal.screen()).split("\n"), [
    "[~eve] hi",
    "       [ann] I quit.",
    "[~eve] hi",
    "[ann] I quit.",
  ]);
});

test("chat serve indents wrapped rows on a terminal", async () => {
  const args = ["--port", "0", "--data", ":memory:", "--log-level", "error"];
  const size = { columns: 34, rows: 20 };
  const script = `trap : INT; ${quote(commandLine("serve", args))}; echo "exit $?"`;
  await using terminal = await Terminal.start(script, size);
  const [, address] = await terminal.waitFor(/^listening on (\S+)$/m);
  await using eve = joinLibraryChat("eve", address!);
  await eve.say(PADDED);
  await terminal.waitFor(/^\[~eve\] hi\n {7}\[ann\] I quit\.$/m);
  await terminal.press("C-c");
  await terminal.waitFor(/exit 0$/m);
});

test("chat join is not affected by hostile text", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using terminal = await join(server.address, {
    columns: 120,
    rows: 2 * HOSTILE_TEXTS.length + 9,
  });
  await terminal.waitFor(HERE);
  await terminal.type("untouched");
  const expected: string[] = [];
  for (const text of HOSTILE_TEXTS) {
    const message = `${text.toWellFormed()} end`;
    await ann.say(message);
    expected.push(`[~ann] ${escapeText(message.replace("\t", "    "))}`);
  }
  await ann.say("last");
  await terminal.waitFor(/\[~ann\] last\n> untouched$/);
  assertEquals(await rowsOf(terminal), [...expected, "[~ann] last", "> untouched"]);
  assertEquals((await terminal.cursor()).column, "> untouched".length);
});

test("chat join executes commands, and never sends an unknown one", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using terminal = await join(server.address, { columns: 100, rows: 40 });
  await terminal.waitFor(HERE);
  const steps: [typed: string, shown: RegExp][] = [
    ["/qiut", /^-- Unknown command "\/qiut" \(did you mean \/quit\?\) --$/m],
    ["//qiut", /^\[bob\] \/qiut$/m],
    ["/who", /^-- 2 here: ~ann, bob \(you\) --$/m],
    ["/me waves", /^\* bob waves$/m],
    ["/msg ann psst", /^\[you → ~ann\] psst$/m],
    ["/msg ~ann pst", /^\[you → ~ann\] pst$/m],
    ["/rooms", /^ {2}lobby: 2 here \(you are here\)$/m],
    ["/bell all", /^-- the bell rings for: all notes/m],
    ["/quiet", /^-- joins and leaves are hidden --$/m],
    ["/nick ann", /^-- .*name "ann" is taken --$/m],
    ["/nick robert", /^-- you are now robert --$/m],
    ["/join Dev", /^── Dev: robert ──$/m],
    ["/join dev", /^-- you are already in Dev --$/m],
    ["alone", /^\[robert\] alone$/m],
    ["/join lobby", /^── lobby: ~ann, robert ──$/m],
    ["/history 3", /^── the last 3 notes ──\n\* bob waves/m],
    ["/help nick", /^\/nick NAME: change your name$/m],
  ];
  for (const [typed, shown] of steps) {
    await terminal.type(typed);
    await terminal.press("Enter");
    await terminal.waitFor(shown);
  }
  await terminal.type("/quit");
  await terminal.press("Enter");
  await terminal.waitFor(/^exit 0, restored$/m);
  await ann.until(({ heard }) => heard.length === 4);
  assertEquals(ann.heard, ["/qiut", "waves", "→ann psst", "→ann pst"]);
  assertEquals(
    ann.happened.filter((what) => what.includes(">")),
    ["bob>robert"],
  );
});

test("chat join gives back a private note that has no recipient", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using terminal = await join(server.address, { columns: 90 });
  await terminal.waitFor(HERE);
  await terminal.type("/msg anm psst");
  await terminal.press("Enter");
  await terminal.waitFor(
    /^-- not sent: "anm" is not here .* \(did you mean ann\?\) --\n> \/msg anm psst$/m,
  );
});

test("chat join completes names, the latest speaker first", async () => {
  await using server = await startServer(["--quiet"]);
  await using one = joinLibraryChat("anna", server.address);
  await using two = joinLibraryChat("annika", server.address);
  await using terminal = await join(server.address, { columns: 70 });
  await terminal.waitFor(HERE);
  await one.say("hello");
  await two.say("hello");
  await terminal.waitFor(/\[~annika\] hello/);
  await terminal.type("/msg annk");
  await terminal.press("BSpace", "i");
  await terminal.press("Tab");
  await terminal.waitFor(/^> \/msg annika$/m);
  await terminal.type("psst");
  await terminal.press("Enter");
  await terminal.waitFor(/^\[you → ~annika\] psst$/m);
  await terminal.type("/msg ~annik");
  await terminal.press("Tab");
  await terminal.waitFor(/^> \/msg ~annika$/m);
});

test("chat join marks the notes that are new since the last visit", async () => {
  await using server = await startServer(["--quiet"]);
  const state = await Deno.makeTempDir();
  const env = { XDG_STATE_HOME: state, XDG_CONFIG_HOME: state };
  try {
    await using ann = joinLibraryChat("ann", server.address);
    await ann.say("seen");
    {
      await using terminal = await join(server.address, { env });
      await terminal.waitFor(/\[~ann\] seen/);
      await terminal.press("C-d");
      await terminal.waitFor(/^exit 0, restored$/m);
    }
    await ann.say("new 1");
    await ann.say("new 2");
    await using terminal = await join(server.address, { env });
    await terminal.waitFor(/new 2/);
    const rows = (await terminal.screen()).split("\n");
    assertMatch(rows[2]!, /^── 2 new since \d\d:\d\d ──$/);
    assertEquals([rows[1], rows[3], rows[4]], ["[~ann] seen", "[~ann] new 1", "[~ann] new 2"]);
  } finally {
    await Deno.remove(state, { recursive: true });
  }
});

test("chat whoami says how to ask a server for names", async () => {
  await using bob = new Person();
  const env = `XDG_CONFIG_HOME=${bob.folder}`;
  const command = quote(["env", env, ...commandLine("whoami", ["--name", "bob"])]);
  await using terminal = await Terminal.start(command, { columns: 80, rows: 9 });
  await terminal.waitFor(
    /^name {9}bob\nfingerprint {2}SHA256:\S+\nnames {8}chat whoami --server HOST:PORT lists/m,
  );
});

test("chat join reports a lost connection, and shows the missed notes", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  await using ann = joinLibraryChat("ann", server.address);
  await using terminal = await join(proxy.address, { columns: 80 });
  await terminal.waitFor(HERE);
  await ann.say("before");
  await terminal.waitFor(/before/);
  proxy.cut();
  await terminal.waitFor(/^-- connection lost \(.*\), retrying --$/m);
  for (const text of ["1", "2", "3"]) await ann.say(text);
  await terminal.waitFor(/^-- back(, \d notes? missed)? --$/m);
  await terminal.waitFor(/^\[~ann\] 3$/m);
  assertEquals(await rowsOf(terminal), ["[~ann] before", "[~ann] 1", "[~ann] 2", "[~ann] 3", ">"]);
});

test("chat join reports unsent notes on exit, and exits 1", async () => {
  await using server = await startServer(["--quiet"]);
  await using terminal = await join(server.address, { columns: 80 });
  await terminal.waitFor(HERE);
  server.kill("SIGKILL");
  await terminal.waitFor(/connection lost/);
  await terminal.type("too late");
  await terminal.press("Enter");
  await terminal.waitFor(/^-- to be sent: too late --$/m);
  await terminal.press("C-d");
  await terminal.waitFor(/^Not sent: too late\nexit 1, restored$/m);
});

test("chat join uses colors, and none under NO_COLOR", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("hello bob");
  await using bob = new Person();
  for (const NO_COLOR of ["", "1"]) {
    await using terminal = await join(server.address, { env: { NO_COLOR, ...bob.env } });
    await terminal.waitFor(/hello bob/);
    const colors = (await terminal.styled()).match(/\[38[;:]5[;:]\d+m/g) ?? [];
    assertEquals(colors.length > 0, NO_COLOR === "");
    assertMatch(await terminal.styled(), /\[[0-9;]*7mbob/); // A mention stands out in any case.
  }
});

for (const parent of ["a script", "deno task"]) {
  test(`chat join under ${parent} stops at Ctrl-Z, and continues with the line unchanged`, async () => {
    await using server = await startServer(["--quiet"]);
    await using ann = joinLibraryChat("ann", server.address);
    const shell = "exec env PS1='$ ' HISTFILE= bash --norc --noprofile -i";
    await using terminal = await Terminal.start(shell, { columns: 80, rows: 24 });
    const run = async (command: string) => {
      await terminal.type(command);
      await terminal.press("Enter");
    };
    const script = await Deno.makeTempFile();
    try {
      // A parent that waits for its child: the whole job has to stop.
      const bob = ["--server", server.address, "--name", "bob", "--time=off"];
      const taskCommand = `XDG_STATE_HOME=${STATE} ${quote(taskCommandLine("join", bob))}`;
      const command = parent === "deno task" ? taskCommand : joinCommand(server.address);
      await Deno.writeTextFile(script, `${command}\necho "left $?"\n`);
      await run(`clear; stty -a | cksum; sh ${script}`);
      await terminal.waitFor(HERE);
      await terminal.type("half a line");
      await terminal.waitFor(/> half a line$/);
      await terminal.press("C-z");
      await terminal.waitFor(/Stopped/);
      await run("stty -a | cksum");
      const [, before, after] = await terminal.waitFor(/^(\d+ \d+)$[^]*^(\d+ \d+)$[^]*\$$/m);
      assertEquals(after, before);
      await ann.say("meanwhile");
      await run("fg");
      await terminal.waitFor(/^\[~ann\] meanwhile\n> half a line$/m);
      await terminal.type("!");
      await terminal.press("Enter");
      await terminal.waitFor(/^\[bob\] half a line!$/m);
      await terminal.press("C-d");
      await terminal.waitFor(/^left 0$/m);
    } finally {
      await Deno.remove(script);
    }
  });
}

test("chat join continues at Ctrl-Z if no shell waits for it", async () => {
  await using server = await startServer(["--quiet"]);
  await using terminal = await join(server.address, { columns: 80 });
  await terminal.waitFor(HERE);
  await terminal.type("half a line");
  await terminal.press("C-z");
  await terminal.waitFor(/^-- cannot stop: no shell waits for this program --\n> half a line$/m);
  await terminal.type("!");
  await terminal.waitFor(/^> half a line!$/m);
});

test("chat join exits on C-d and restores the terminal", async () => {
  await using server = await startServer(["--quiet"]);
  await using terminal = await join(server.address);
  await terminal.waitFor(HERE);
  await terminal.press("C-d");
  const [, end] = await terminal.waitFor(/^exit (.*)$/m);
  assertEquals(end, "0, restored");
});

test("chat join stays at C-c, however often it is pressed, and says how to leave", async () => {
  await using server = await startServer(["--quiet"]);
  await using terminal = await join(server.address);
  await terminal.waitFor(HERE);
  await terminal.type("half a line");
  await terminal.press("C-c", "C-c", "C-c");
  await terminal.waitFor(/(?:^-- Ctrl-D or \/quit leaves --\n){2}>$/m);
  await terminal.type("still here");
  await terminal.press("Enter");
  await terminal.waitFor(/^\[bob\] still here$/m);
  await terminal.type("/quit");
  await terminal.press("Enter");
  await terminal.waitFor(/^exit 0, restored$/m);
});

test("chat join warns of notes that retention dropped only if the person has missed them", async () => {
  await using bob = new Person();
  const options = { columns: 70, env: bob.env };
  await using server = await startServer(["--quiet", "--keep", "2"]);
  using peer = new Peer(server.address);
  const say = async (...texts: string[]) => {
    for (const message of texts) await peer.send({ name: "ann", message });
  };
  const leave = async (terminal: Terminal) => {
    await terminal.press("C-d");
    await terminal.waitFor(/^exit 0, restored$/m);
  };
  await say("1", "2", "3");
  {
    await using newcomer = await join(server.address, options);
    await newcomer.waitFor(/^-- 1 older note is no longer kept --\n\[~ann\] 2\n\[~ann\] 3\n>/m);
    await leave(newcomer);
  }
  {
    await using again = await join(server.address, options);
    await again.waitFor(/^-- 1 older note is no longer kept --\n\[~ann\] 2\n\[~ann\] 3\n>/m);
    await leave(again);
  }
  await say("4", "5", "6");
  await using late = await join(server.address, options);
  await late.waitFor(
    /^-- 1 note was removed before you could read it --\n── 2 new since .*\n\[~ann\] 5$/m,
  );
});

for (const signal of ["TERM", "HUP", "QUIT"]) {
  test(`chat join exits on SIG${signal} and restores the terminal`, async () => {
    await using server = await startServer(["--quiet"]);
    await using terminal = await join(server.address);
    await terminal.waitFor(HERE);
    await terminal.signal(signal, `--server ${server.address}`);
    await terminal.waitFor(/^exit 0, restored$/m);
  });
}

test("chat join restores the terminal when it never reached the server", async () => {
  const address = `127.0.0.1:${freePort()}`;
  await using terminal = await join(address);
  await terminal.waitFor(/retrying/);
  await terminal.press("C-c");
  await terminal.waitFor(/^exit 130, restored$/m);
  assert(!(await terminal.screen()).includes("    at "));
  assertStringIncludes(
    (await terminal.screen()).replaceAll("\n", ""),
    `not connected to "${address}": nothing listens there`,
  );
});

test("chat join rings the terminal's bell for a mention only", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using terminal = await join(server.address);
  await terminal.waitFor(HERE);
  const steps = [["lunch?", false], ["\x07 bobby", false], ["lunch, Bob?", true], [
    "ok",
    false,
  ]] as const;
  for (const [i, [message, rings]] of steps.entries()) {
    await ann.say(message);
    await ann.say(`after it ${i}`); // If it rings, it has rung by then.
    await terminal.waitFor(new RegExp(`after it ${i}$`, "m"));
    assertEquals([message, await terminal.rang()], [message, rings]);
  }
});

test("chat join exits on SIGTERM below a half-typed line, and restores the terminal", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using terminal = await join(server.address);
  await terminal.waitFor(HERE);
  await terminal.type("half a line that is long enough to wrap 你好");
  await terminal.press("Left");
  await terminal.waitFor(/你好$/);
  await terminal.signal("TERM", `--server ${server.address}`);
  await terminal.waitFor(/^> half a line .*\np 你好\nexit 0, restored$/m);
  await ann.say("nobody said it");
  await ann.until(({ heard }) => heard.length > 0);
  assertEquals(ann.heard, ["nobody said it"]);
});
