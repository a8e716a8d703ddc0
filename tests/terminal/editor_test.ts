import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "@std/assert";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { measureEnd, wrap } from "../../text/width.ts";
import type { EditorCommand, EditorEvent } from "../support/editor_program.ts";
import { DENO_RUN } from "../support/program.ts";
import { hasTmux, quote, Terminal, type TerminalSize } from "../support/terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** How often a screen is looked at for what never comes: many times longer than anything takes. */
const MAX_LOOKS = 5_000;

/** `tests/support/editor_program.ts` in a terminal, and the connection to it. */
class EditorTerminal implements AsyncDisposable {
  readonly terminal: Terminal;
  readonly #server: Server;
  readonly #socket: Socket;
  readonly #heard: AsyncIterator<string>;

  private constructor(terminal: Terminal, server: Server, socket: Socket) {
    this.terminal = terminal;
    this.#server = server;
    this.#socket = socket;
    this.#heard = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** Starts one with the shell script that `script` makes of its command line. */
  static async start(
    size: Partial<TerminalSize> = {},
    script = (typist: string) => typist,
  ): Promise<EditorTerminal> {
    const server = createServer();
    const connected = new Promise<Socket>((resolve) => void server.once("connection", resolve));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // It listens on a port.
    const program = fileURLToPath(new URL("../support/editor_program.ts", import.meta.url));
    const allowed = ["--allow-net=127.0.0.1", "--allow-run=kill", "--allow-env=TERM"];
    const typist = quote([...DENO_RUN, "--no-prompt", ...allowed, program, `${port}`]);
    const terminal = await Terminal.start(script(typist), { columns: 40, rows: 12, ...size });
    const started = new EditorTerminal(terminal, server, await connected);
    await started.hear(); // It is ready.
    return started;
  }

  /** Tells it to do something, and returns what came of it. */
  async tell(command: EditorCommand): Promise<EditorEvent> {
    this.#socket.write(`${JSON.stringify(command)}\n`);
    return await this.hear();
  }

  /** Has it print lines. */
  async print(...lines: string[]): Promise<void> {
    await this.tell({ do: "print", lines });
  }

  /** What it says next. */
  async hear(): Promise<EditorEvent> {
    const { value, done } = await this.#heard.next();
    if (done) throw new Error("the typist is gone");
    return JSON.parse(value);
  }

  /** Waits until all that it has read since it was told to listen matches. */
  async reads(pattern: RegExp): Promise<void> {
    for (let read = ""; !pattern.test(read);) {
      const heard = await this.hear();
      if (heard.heard === "bytes") read += heard.text;
    }
  }

  /** Changes the size of the terminal, and waits until it knows. */
  async resize(size: TerminalSize): Promise<void> {
    await this.terminal.resize(size);
    for (
      let heard = await this.hear();
      heard.heard !== "resize" || heard.columns !== size.columns;
    ) {
      heard = await this.hear();
    }
  }

  /** Types a text, and keys by their tmux names. */
  async type(text: string, ...keys: string[]): Promise<void> {
    if (text !== "") await this.terminal.type(text);
    if (keys.length > 0) await this.terminal.press(...keys);
  }

  /** Asserts that the screen comes to show these rows, and the cursor at `|` in one of them. */
  async shows(...rows: string[]): Promise<void> {
    const row = rows.findIndex((text) => text.includes("|"));
    const [before = ""] = rows[row]?.split("|") ?? [];
    const expected = {
      rows: rows.map((text) => text.replace("|", "").trimEnd()),
      ...row >= 0 && { cursor: { column: measureEnd(before, Infinity).column, row } },
    };
    while (expected.rows.at(-1) === "") expected.rows.pop();
    for (let looks = 1;; looks++) {
      const actual = {
        rows: (await this.terminal.screen()).split("\n"),
        ...row >= 0 && { cursor: await this.terminal.cursor() },
      };
      const equal = JSON.stringify(actual) === JSON.stringify(expected);
      if (equal || looks === MAX_LOOKS) return assertEquals(actual, expected);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.terminal[Symbol.asyncDispose]();
    await new Promise((resolve) => void this.#server.close(resolve));
  }
}

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${why}`, ignore: missing, fn });
}

test("LineEditor says each line as it was typed", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("one 한국어", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "one 한국어" });
});

const EDITS: [what: string, typed: string, keys: string[], left: string][] = [
  ["Backspace", "a👩‍💻", ["BSpace"], "a"],
  ["Backspace", "a🇰🇷🇯🇵", ["BSpace"], "a🇰🇷"],
  ["Backspace", "ae\u0301", ["BSpace"], "a"],
  ["Backspace", "aक्षि", ["BSpace"], "a"],
  ["Backspace", "a\u1112\u1161\u11ab", ["BSpace"], "a"],
  ["Left", "👩‍💻e\u0301b", ["Left", "Left", "x"], "👩‍💻xe\u0301b"],
  ["C-b", "क्षि🇰🇷", ["C-b", "C-b", "x"], "xक्षि🇰🇷"],
  ["Right", "👩‍💻🇰🇷b", ["Home", "Right", "Right", "x"], "👩‍💻🇰🇷xb"],
  ["Delete", "👩‍💻e\u0301b", ["Home", "DC", "DC"], "b"],
  ["C-d", "🇰🇷b", ["Home", "C-d"], "b"],
  ["C-t", "a👩‍💻", ["C-t"], "👩‍💻a"],
  ["C-t", "e\u0301🇰🇷b", ["C-a", "C-f", "C-t"], "🇰🇷e\u0301b"],
  ["C-w", "one cafe\u0301", ["C-w"], "one "],
  ["M-b", "né cafe\u0301", ["M-b", "M-b", "x"], "xné cafe\u0301"],
  ["M-f", "né cafe\u0301 b", ["Home", "M-f", "M-f", "x"], "né cafe\u0301x b"],
  ["M-d", "né cafe\u0301", ["Home", "M-d"], " cafe\u0301"],
  ["C-k and C-y", "ab한국", ["Left", "Left", "C-k", "Home", "C-y"], "한국ab"],
  ["C-u", "한국어b", ["Left", "C-u"], "b"],
  ["C-_", "one", ["C-_"], ""],
  ["C-_", "one two", ["C-w", "C-w", "C-_", "C-_"], "one two"],
];

test("LineEditor edits by what people see as characters", async () => {
  await using typist = await EditorTerminal.start();
  for (const [what, typed, keys, text] of EDITS) {
    await typist.type(typed);
    await typist.type("", ...keys, "Enter");
    assertEquals([what, await typist.hear()], [what, { heard: "line", text }]);
  }
});

test("LineEditor shows what would drive the terminal or hide as an escape, and says it as it is", async () => {
  await using typist = await EditorTerminal.start();
  const text = "a\x1b[2Jb\tc\u202ed\u200be";
  await typist.terminal.paste(text);
  await typist.type("", "Left", "Left");
  await typist.shows("> a\\x1b[2Jb\\tc\\u202ed|\\u200be");
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text });
});

test("LineEditor shows joiners that belong to a word as they are, with the cursor behind them", async () => {
  await using typist = await EditorTerminal.start();
  const text = "می\u200cخواهم";
  await typist.type(text, "Home", "Right", "Right");
  await typist.shows(`> می\u200c|خواهم`);
  await typist.type("", "BSpace", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "مخواهم" });
});

test("LineEditor puts the cursor where the terminal itself has it", async () => {
  await using typist = await EditorTerminal.start();
  for (const text of ["👩‍💻", "👍🏽", "❤️", "🇰🇷", "क्षि", "1️⃣", "한"]) {
    await typist.type(text);
    await typist.terminal.waitFor(new RegExp(`> ${text}$`));
    const behind = await typist.terminal.cursor();
    await typist.type("ab", "Left", "Left");
    await typist.terminal.waitFor(new RegExp(`> ${text}ab$`));
    let cursor = await typist.terminal.cursor();
    for (let looks = 1; cursor.column !== behind.column && looks < MAX_LOOKS; looks++) {
      cursor = await typist.terminal.cursor(); // The keys are on their way.
    }
    assertEquals([text, cursor], [text, behind]);
    await typist.type("", "C-c");
    await typist.shows("> |");
  }
});

test("LineEditor prints above a line that wraps, with the cursor in the middle", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  await typist.type("half a line that is long enough 你好");
  await typist.type("", "Left", "M-b");
  await typist.shows("> half a line that i", "s long enough |你好");
  await typist.print("one", "two");
  await typist.print("three that is too long for the row");
  await typist.shows(
    "one",
    "two",
    "three that is too",
    "    long for the row",
    "> half a line that i",
    "s long enough |你好",
  );
});

test("LineEditor prints above rows of clusters that terminals measure differently", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  await typist.print("one");
  for (const cluster of ["👍🏽", "👩‍💻", "❤️"]) {
    const line = `> ${cluster.repeat(12)}end`;
    await typist.terminal.paste(`${cluster.repeat(12)}end`);
    await typist.terminal.waitFor(/end$/);
    await typist.print("two");
    await typist.terminal.waitFor(/two\n(.*\n)*.*end$/);
    assertEquals((await typist.terminal.screen()).split("\n"), ["one", "two", ...wrap(line, 20)]);
    await typist.type("", "C-c", "C-l");
    await typist.shows("> |");
    await typist.print("one");
  }
});

const X = "x".repeat(18);

const EDGES: [typed: string, keys: string[], rows: string[]][] = [
  [X, [], [`> ${X}`, "|"]],
  [X, ["Left"], [`> ${X.slice(1)}|x`]],
  [`${X}x`, ["Left"], [`> ${X}`, "|x"]],
  [`${X.slice(1)}한글`, ["Left"], [`> ${X.slice(1)}`, "한|글"]],
  [`${X}${X}xx`, ["Home"], [`> |${X}`, `${X}xx`]],
  [`${X}${X}xx`, [], [`> ${X}`, `${X}xx`, "|"]],
];

test("LineEditor prints above lines that end at the right edge", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  for (const [typed, keys, rows] of EDGES) {
    await typist.type("", "C-l");
    await typist.type(typed, ...keys);
    await typist.shows(...rows);
    await typist.print("printed");
    await typist.print(`${X}xx`);
    await typist.shows("printed", `${X}xx`, ...rows);
    await typist.type("", "Enter");
    await typist.hear();
    await typist.shows("printed", `${X}xx`, "> |");
  }
});

test("LineEditor takes the line away at Enter, however it wraps", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  for (const [typed, keys, rows] of EDGES) {
    await typist.type("", "C-l");
    await typist.type(typed, ...keys);
    await typist.shows(...rows);
    await typist.type("", "Enter");
    assertEquals(await typist.hear(), { heard: "line", text: typed });
    await typist.shows("> |");
  }
});

test("LineEditor loses and repeats nothing when much is printed at the bottom", async () => {
  await using typist = await EditorTerminal.start({ columns: 20, rows: 6 });
  await typist.type("x".repeat(30), "Home");
  const printed = Array.from({ length: 200 }, (_, i) => `line ${i}`);
  await Promise.all(printed.map((line) => typist.print(line)));
  await typist.shows(...printed.slice(-4), `> |${X}`, "x".repeat(12));
  const history = await typist.terminal.history();
  assertEquals(history.split("\n"), [...printed, `> ${X}`, "x".repeat(12)]);
});

const RESIZED: [key: string, line: string[]][] = [
  ["End", ["> a line that wraps in twenty columns as", " in forty 한글 ends|"]],
  ["M-b", ["> a line that wraps in twenty columns as", " in forty 한글 |ends"]],
  ["Home", ["> |a line that wraps in twenty columns as", " in forty 한글 ends"]],
];

/** A key that is no character, at the end of what was read. */
// deno-lint-ignore no-control-regex -- that is what it starts with
const KEY_SEQUENCE = /\x1b(?:[[O]\d*[~A-Z]|b)$/;

for (const [key, line] of RESIZED) {
  test(`LineEditor keeps what is above, and a line that wraps, through resizes (${key})`, async () => {
    await using typist = await EditorTerminal.start({ columns: 40, rows: 16 });
    await typist.print("above");
    await typist.tell({ do: "listen" });
    await typist.type("a line that wraps in twenty columns as in forty 한글 ends", key);
    // The editor has moved the cursor: it must not do so in the middle of a resize.
    await typist.reads(KEY_SEQUENCE);
    await typist.shows("above", ...line);
    const widths = [20, 33, 47, 12, 61, 40];
    for (const columns of widths) {
      await typist.resize({ columns, rows: 16 });
      await typist.print(`${columns}`);
      // Not in the middle of it: a terminal wraps what it has read.
      await typist.terminal.waitFor(new RegExp(`^${columns}\\n(.*\\n)*.*ends$`, "m"));
    }
    await typist.resize({ columns: 40, rows: 5 });
    await typist.print("end");
    await typist.shows("61", "40", "end", ...line);
    const rows = (await typist.terminal.history()).split("\n").slice(0, -2);
    assertEquals(rows, ["above", ...widths.map(String), "end"]);
  });
}

test("LineEditor overwrites nothing when it prints before it knows that the terminal has grown", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  await typist.print("one", "two", "three");
  await typist.type("a line that wraps in twenty columns");
  await typist.shows("one", "two", "three", "> a line that wraps ", "in twenty columns|");
  await typist.resize({ columns: 19, rows: 12 });
  await typist.print("four");
  await typist.terminal.waitFor(/four\n(.*\n)*.*columns$/);
  // This one tmux tells of a quarter of a second later.
  await typist.terminal.resize({ columns: 60, rows: 12 });
  await typist.print("five");
  const line = "> a line that wraps in twenty columns";
  await typist.terminal.waitFor(new RegExp(`^five\n${line}$`, "m"));
  const history = (await typist.terminal.history()).split("\n");
  assertEquals(history, ["one", "two", "three", "four", "five", line]);
});

test("LineEditor keeps what is above when the terminal gets as narrow as the line is long", async () => {
  for (const key of ["End", "Left"]) {
    await using typist = await EditorTerminal.start({ columns: 40 });
    await typist.print("one", "two");
    await typist.type(X, key);
    await typist.shows("one", "two", key === "End" ? `> ${X}|` : `> ${X.slice(1)}|x`);
    await typist.resize({ columns: 20, rows: 12 });
    await typist.print("three");
    await typist.terminal.waitFor(/three\n(.*\n)*.*x{17}$/);
    assertEquals((await typist.terminal.history()).split("\n"), ["one", "two", "three", `> ${X}`]);
  }
});

test("LineEditor shows what is around the cursor of a line larger than the screen", async () => {
  await using typist = await EditorTerminal.start({ columns: 20, rows: 6 });
  await typist.print("above");
  const text = Array.from({ length: 1_000 }, (_, i) => `${i} `).join("");
  await typist.terminal.paste(text);
  await typist.shows("above", "…90 991 992 993 994", "995 996 997 998 999", "|");
  await typist.type("", "Home");
  await typist.shows("above", "> |0 1 2 3 4 5 6 7 8", "9 10 11 12 13 14 15", "1…");
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text });
  await typist.shows("above", "> |");
});

test("LineEditor takes a large paste at once", async () => {
  await using typist = await EditorTerminal.start();
  const text = "한국어 text ".repeat(10_000);
  await typist.type("b", "Left");
  await typist.terminal.paste(text);
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: `${text}b` });
});

test("LineEditor shows a paste of several lines as one character, and asks before it is said", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("see: !", "Left");
  await typist.terminal.paste("one\r\n\ttwo\rthree\x1b[31m\n");
  await typist.shows("> see: ⟦3 lines⟧|!");
  await typist.type("", "Enter");
  const text = "see: one\n\ttwo\nthree\x1b[31m!";
  assertEquals(await typist.hear(), { heard: "confirm", text });
  await typist.type("", "Left", "BSpace", "Right");
  await typist.shows("> see:⟦3 lines⟧|!");
  await typist.type("", "Enter");
  const edited = "see:one\n\ttwo\nthree\x1b[31m!";
  assertEquals(await typist.hear(), { heard: "confirm", text: edited });
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: edited });
  await typist.shows("> |");
  await typist.type("", "Up", "Enter");
  assertEquals(await typist.hear(), { heard: "confirm", text: edited });
  await typist.type("", "C-c");
  await typist.type("", "Up", "Enter");
  assertEquals(await typist.hear(), { heard: "confirm", text: edited });
  await typist.type("", "Left", "BSpace", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "see:!" });
});

test("LineEditor takes a paste with one newline at its end as a line to go on with", async () => {
  await using typist = await EditorTerminal.start();
  await typist.terminal.paste("one\n");
  await typist.type(" more", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "one more" });
});

test("LineEditor refuses a paste that is larger than it keeps", async () => {
  await using typist = await EditorTerminal.start();
  const text = "line\n".repeat(250_000);
  await typist.terminal.paste(text);
  assertEquals(await typist.hear(), { heard: "refuse", chars: text.length });
  await typist.shows("> |");
});

test("LineEditor types nothing of what a terminal sends besides keys", async () => {
  await using typist = await EditorTerminal.start();
  const sent = [
    ...["\x1b[<0;12;5M", "\x1b[M ab", "\x1b[?62;4c", "\x1b[24;80R", "\x1b[?2026;2$y", "\x1b[I"],
    ...["\x1b]11;rgb:0000/0000/0000\x07", "\x1bP>|tmux\x1b\\", "\x1b_Gi=1;OK\x1b\\", "\x1c\x1d"],
    ...["\x9b<0;12;5M", "\x1b[1;10A", "\x1b[57441;2u", "\x1b[27;5;9~", "\x1b[97;133u"],
  ];
  const text = "abcdefghijklmnop";
  await typist.terminal.send([...text].join("\0").replaceAll("\0", () => sent.shift()!));
  await typist.shows("> p|abcdefghijklmno"); // The last one was Ctrl-A.
});

test("LineEditor leaves a paste whose end does not come at C-c, with all that has come", async () => {
  await using typist = await EditorTerminal.start();
  await typist.terminal.send("a\x1b[200~one\x1b[200~two");
  await typist.shows("> a|");
  await typist.tell({ do: "listen" });
  await typist.type("three");
  await typist.reads(/^three$/);
  await typist.type("", "C-c"); // In a read of its own, now that the others are over.
  await typist.shows("> aonetwothree|");
});

const SETS_ASIDE: [how: string, type: (terminal: Terminal) => Promise<void>, shown: string][] = [
  ["typed", (terminal) => terminal.type("two"), "> two|"],
  ["pasted", (terminal) => terminal.paste("two"), "> two|"],
];

test("LineEditor restores a text in the line it was said in, unless something is typed there", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("see ");
  await typist.terminal.paste("one\ntwo");
  await typist.type("", "Enter", "Enter");
  const text = "see one\ntwo";
  assertEquals(await typist.hear(), { heard: "confirm", text });
  assertEquals(await typist.hear(), { heard: "line", text });
  assertEquals(await typist.tell({ do: "restore", text }), { heard: "done", result: true });
  await typist.shows("> see ⟦2 lines⟧|");
  assertEquals(await typist.tell({ do: "restore", text }), { heard: "done", result: false });
  await typist.type("", "C-c");
  await typist.shows("> |");
  await typist.tell({ do: "restore", text: "from\nelsewhere" });
  await typist.shows("> ⟦2 lines #2⟧|");
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "confirm", text: "from\nelsewhere" });
});

for (const [how, type, shown] of SETS_ASIDE) {
  test(`LineEditor sets a restored text aside for one that is ${how}, and makes no one of both`, async () => {
    await using typist = await EditorTerminal.start();
    await typist.tell({ do: "restore", text: "one" });
    await typist.shows("> one|");
    await type(typist.terminal);
    assertEquals(await typist.hear(), { heard: "aside", text: "one" });
    await typist.shows(shown);
    await typist.type("", "C-_", "C-_");
    await typist.shows("> one|");
  });
}

test("LineEditor leaves a restored text to whoever edits it", async () => {
  await using typist = await EditorTerminal.start();
  await typist.tell({ do: "restore", text: "one" });
  await typist.type("", "BSpace");
  await typist.type("ce upon", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "once upon" });
  await typist.tell({ do: "restore", text: "once upon" });
  await typist.type("", "End");
  await typist.type(" a time", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "once upon a time" });
});

test("LineEditor clears the line on C-c and keeps it in the history", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("one", "Enter", "Up", "Enter");
  await typist.hear();
  await typist.hear();
  await typist.type("half a line", "C-c");
  await typist.shows("> |");
  await typist.type("", "Up");
  await typist.shows("> half a line|");
  await typist.type("", "Up");
  await typist.shows("> one|");
  await typist.type("", "Down", "Down");
  await typist.shows("> |");
});

test("LineEditor clears the screen on C-l, but for the line", async () => {
  await using typist = await EditorTerminal.start();
  await typist.print("above");
  await typist.type("half a line", "Left", "C-l");
  await typist.shows("> half a lin|e");
});

test("LineEditor shows a new prompt at once", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("half", "Left");
  await typist.tell({ do: "prompt", prompt: "\x1b[36mdev\x1b[m> " });
  await typist.shows("dev> hal|f");
});

test("LineEditor completes at Tab, and lists what it cannot choose from above the line", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  await typist.type("a long line to wrap bo");
  await typist.type("", "Tab");
  await typist.shows("> a long line to wra", "p bob|");
  await typist.type(" a");
  await typist.type("", "Tab");
  await typist.shows("> a long line to wra", "p bob ann|");
  await typist.type("", "Tab");
  await typist.shows("anna  annette", "> a long line to wra", "p bob ann|");
  await typist.type("", "C-u");
  await typist.type("한", "Tab");
  await typist.shows("anna  annette", "> 한국|");
  await typist.type("", "C-u");
  await typist.terminal.send("한\tx\r"); // Before the candidates are there.
  assertEquals(await typist.hear(), { heard: "line", text: "한x" });
  await typist.terminal.send("bo\tx\r");
  assertEquals(await typist.hear(), { heard: "line", text: "bobx" });
});

/** Runs the typist between two looks at the terminal's settings, and then shows what is pasted. */
function between(typist: string): string {
  return `before=$(stty -g); ${typist}; code=$?
    [ "$before" = "$(stty -g)" ] && echo "exit $code, restored" || echo "exit $code, not restored"
    exec cat -v`;
}

const WAYS_OUT: [way: string, code: number, leave: (typist: EditorTerminal) => Promise<unknown>][] =
  [
    ["C-d", 0, (typist) => typist.type("", "C-c", "C-d")],
    ["C-c on an empty line", 0, (typist) => typist.type("", "C-c", "C-c")],
    ["close()", 0, (typist) => typist.tell({ do: "close" })],
    ["an error that nobody catches", 1, (typist) => typist.tell({ do: "throw" })],
    ["a rejection that nobody handles", 1, (typist) => typist.tell({ do: "reject" })],
    ["Deno.exit()", 3, (typist) => typist.tell({ do: "exit" }).catch(() => {})],
  ];

for (const [way, code, leave] of WAYS_OUT) {
  test(`LineEditor leaves the terminal as it was: ${way}`, async () => {
    await using typist = await EditorTerminal.start({}, between);
    await typist.type("x".repeat(50), "Home");
    await typist.shows(`> |${"x".repeat(38)}`, "x".repeat(12));
    await leave(typist);
    await typist.terminal.waitFor(new RegExp(`^exit ${code}, restored$`, "m"));
    await typist.terminal.paste("pasted\n");
    await typist.terminal.waitFor(/^exit .*\npasted\n/m);
    if (code === 0) return;
    assertMatch(await typist.terminal.history(), /^> x{38}\nx{12}\n/m); // What follows is below.
  });
}

test("LineEditor closes, and crashes nothing, when the terminal is gone", async () => {
  const file = await Deno.makeTempFile();
  try {
    const script = (typist: string) => `trap "" HUP; ${typist}; echo $? > ${quote([file])}`;
    await using typist = await EditorTerminal.start({}, script);
    await typist.terminal.hangUp();
    let heard = await typist.tell({ do: "print", lines: ["nobody sees this"] });
    while (heard.heard !== "close") heard = await typist.hear();
    let code = "";
    while (code === "") code = await Deno.readTextFile(file);
    assertEquals(code, "0\n");
  } finally {
    await Deno.remove(file);
  }
});

test("LineEditor gives the terminal back while the process is stopped by C-z", async () => {
  await using typist = await EditorTerminal.start(
    { columns: 20 },
    (typist) =>
      `before=$(stty -g); set -m
    ${typist}; [ "$before" = "$(stty -g)" ] && echo restored || echo not restored
    cat -v; fg > /dev/null`,
  );
  await typist.print("above");
  await typist.type("a line that wraps in twenty", "Home");
  await typist.shows("above", "> |a line that wraps ", "in twenty");
  await typist.type("", "C-z");
  await typist.shows("above", "restored");
  await typist.terminal.paste("pasted\n");
  await typist.terminal.waitFor(/^pasted\npasted$/m);
  await typist.type("", "C-d");
  await typist.terminal.waitFor(/^> a line that wraps\nin twenty$/m);
  await typist.print("below");
  await typist.terminal.waitFor(/^below\n> a line that wraps\nin twenty$/m);
  await typist.terminal.paste("one\ntwo");
  await typist.type("", "Enter");
  const text = "one\ntwoa line that wraps in twenty";
  assertEquals(await typist.hear(), { heard: "confirm", text });
});

test("LineEditor takes the terminal again when the process goes on after others stopped it", async () => {
  await using typist = await EditorTerminal.start({}, (typist) =>
    `set -m
    ${typist}; stty sane; printf 'stopped\\033[?2004l\\n'; read go; fg > /dev/null`);
  await typist.type("half");
  await typist.terminal.waitFor(/half/);
  await typist.terminal.signal("STOP", "editor_program.ts");
  await typist.terminal.waitFor(/stopped/);
  await typist.type("", "Enter");
  await typist.terminal.waitFor(/stopped\s+> half$/);
  await typist.terminal.paste("one\ntwo");
  await typist.terminal.waitFor(/^> half⟦2 lines⟧$/m);
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "confirm", text: "halfone\ntwo" });
});

test("LineEditor types the line anew where a dumb terminal cannot change it", async () => {
  await using typist = await EditorTerminal.start({}, (typist) => `TERM=dumb ${typist}; cat`);
  await typist.type("one");
  await typist.shows("> one|");
  await typist.print("above");
  await typist.shows("> one", "above", "> one|");
  await typist.type(" two");
  await typist.shows("> one", "above", "> one two|");
  await typist.type("", "BSpace");
  await typist.shows("> one", "above", "> one two", "> one tw|");
  await typist.terminal.paste("\x16y"); // Typed, as there are no brackets.
  await typist.shows("> one", "above", "> one two", "> one twy|");
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "one twy" });
  await typist.shows("> one", "above", "> one two", "> one twy", "> |");
});
