import { assertEquals, assertMatch } from "@std/assert";
import { wrap } from "../../text/width.ts";
import { EditorTerminal } from "./editor_terminal.ts";
import { hasTmux, quote } from "../support/terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${why}`, ignore: missing, fn });
}

test("LineEditor edits a line by keys, and says it as it was typed", async () => {
  await using editor = await EditorTerminal.start();
  await editor.type("two 한국어", "C-a");
  await editor.type("one ", "M-f", "C-k");
  await editor.shows("> one two|");
  await editor.type("", "Home", "Right", "Right", "DC", "C-y", "BSpace", "C-_", "End");
  await editor.shows("> on 한국어 two|");
  await editor.type("", "Enter");
  assertEquals(await editor.hear(), { heard: "line", text: "on 한국어 two" });
  await editor.type("half", "C-c", "Up", "Up");
  await editor.shows("> on 한국어 two|");
  await editor.type("", "C-Left", "C-w", "Enter");
  assertEquals(await editor.hear(), { heard: "line", text: "on two" });
});

test("LineEditor shows a paste of several lines as one character, and asks before it is said", async () => {
  await using editor = await EditorTerminal.start();
  await editor.type("see: !", "Left");
  await editor.terminal.paste("one\r\n\ttwo\rthree\x1b[31m\n");
  await editor.shows("> see: ⟦3 lines⟧|!");
  await editor.type("", "Enter", "Enter");
  const text = "see: one\n\ttwo\nthree\x1b[31m!";
  assertEquals(await editor.hear(), { heard: "confirm", text });
  assertEquals(await editor.hear(), { heard: "line", text });
  await editor.shows("> |");
});

test("LineEditor refuses a paste that is larger than it keeps", async () => {
  await using editor = await EditorTerminal.start();
  const text = "line\n".repeat(250_000);
  await editor.terminal.paste(text);
  assertEquals(await editor.hear(), { heard: "refuse", chars: text.length });
  await editor.shows("> |");
});

test("LineEditor sets a restored text aside for another one", async () => {
  await using editor = await EditorTerminal.start();
  const text = "one";
  assertEquals(await editor.request({ do: "restore", text }), { heard: "done", result: true });
  await editor.shows("> one|");
  await editor.type("two");
  assertEquals(await editor.hear(), { heard: "aside", text });
  await editor.shows("> two|");
  assertEquals(await editor.request({ do: "restore", text }), { heard: "done", result: false });
});

test("LineEditor puts the cursor where the terminal itself has it", async () => {
  await using editor = await EditorTerminal.start();
  for (const text of ["👩‍💻", "👍🏽", "❤️", "🇰🇷", "क्षि", "1️⃣", "한"]) {
    await editor.type(text);
    await editor.terminal.waitFor(new RegExp(`> ${text}$`));
    const reached = await editor.terminal.cursor();
    await editor.type("ab", "Left", "Left");
    await editor.terminal.waitFor(new RegExp(`> ${text}ab$`));
    // The keys are on their way.
    await editor.terminal.waitForCursor((cursor) => assertEquals([text, cursor], [text, reached]));
    await editor.type("", "C-c");
    await editor.shows("> |");
  }
});

test("LineEditor prints above a line that wraps, with the cursor in the middle", async () => {
  await using editor = await EditorTerminal.start({ columns: 20 });
  await editor.type("half a line that is long enough 你好");
  await editor.type("", "Left", "M-b");
  await editor.shows("> half a line that i", "s long enough |你好");
  await editor.print("one", "two");
  await editor.print("three that is too long for the row");
  await editor.shows(
    "one",
    "two",
    "three that is too",
    "    long for the row",
    "> half a line that i",
    "s long enough |你好",
  );
});

test("LineEditor prints above rows of clusters that terminals measure differently", async () => {
  await using editor = await EditorTerminal.start({ columns: 20 });
  await editor.print("one");
  for (const cluster of ["👍🏽", "👩‍💻", "❤️"]) {
    const line = `> ${cluster.repeat(12)}end`;
    await editor.terminal.paste(`${cluster.repeat(12)}end`);
    await editor.terminal.waitFor(/end$/);
    await editor.print("two");
    await editor.terminal.waitFor(/two\n(.*\n)*.*end$/);
    assertEquals((await editor.terminal.screen()).split("\n"), ["one", "two", ...wrap(line, 20)]);
    await editor.type("", "C-c", "C-l");
    await editor.shows("> |");
    await editor.print("one");
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

test("LineEditor prints above lines that end at the right edge, and erases them at Enter", async () => {
  await using editor = await EditorTerminal.start({ columns: 20 });
  for (const [typed, keys, rows] of EDGES) {
    for (const printed of [[], ["printed", `${X}xx`]]) {
      await editor.type("", "C-l");
      await editor.type(typed, ...keys);
      await editor.shows(...rows);
      for (const line of printed) await editor.print(line);
      await editor.shows(...printed, ...rows);
      await editor.type("", "Enter");
      assertEquals(await editor.hear(), { heard: "line", text: typed });
      await editor.shows(...printed, "> |");
    }
  }
});

test("LineEditor loses and repeats nothing when much is printed at the bottom", async () => {
  await using editor = await EditorTerminal.start({ columns: 20, rows: 6 });
  await editor.type("x".repeat(30), "Home");
  const printed = Array.from({ length: 200 }, (_, i) => `line ${i}`);
  await Promise.all(printed.map((line) => editor.print(line)));
  await editor.shows(...printed.slice(-4), `> |${X}`, "x".repeat(12));
  const history = await editor.terminal.history();
  assertEquals(history.split("\n"), [...printed, `> ${X}`, "x".repeat(12)]);
});

const RESIZED: [key: string, line: string[]][] = [
  ["End", ["> a line that wraps in twenty columns as", " in forty 한글 ends|"]],
  ["M-b", ["> a line that wraps in twenty columns as", " in forty 한글 |ends"]],
  ["Home", ["> |a line that wraps in twenty columns as", " in forty 한글 ends"]],
];

/** A key that is not a character, at the end of the output. */
// deno-lint-ignore no-control-regex -- it starts with one
const KEY_SEQUENCE = /\x1b(?:[[O]\d*[~A-Z]|b)$/;

for (const [key, line] of RESIZED) {
  test(`LineEditor keeps the rows above, and a line that wraps, through resizes (${key})`, async () => {
    await using editor = await EditorTerminal.start({ columns: 40, rows: 16 });
    await editor.print("above");
    await editor.request({ do: "listen" });
    await editor.type("a line that wraps in twenty columns as in forty 한글 ends", key);
    // The editor has moved the cursor: it must not do so in the middle of a resize.
    await editor.reads(KEY_SEQUENCE);
    await editor.shows("above", ...line);
    const widths = [20, 33, 47, 12, 61, 40];
    for (const columns of widths) {
      await editor.resize({ columns, rows: 16 });
      await editor.print(`${columns}`);
      // Not in the middle of it: a terminal wraps the text it has read.
      await editor.terminal.waitFor(new RegExp(`^${columns}\\n(.*\\n)*.*ends$`, "m"));
    }
    await editor.resize({ columns: 40, rows: 5 });
    await editor.print("end");
    await editor.shows("61", "40", "end", ...line);
    const rows = (await editor.terminal.history()).split("\n").slice(0, -2);
    assertEquals(rows, ["above", ...widths.map(String), "end"]);
  });
}

test("LineEditor leaves no piece of the line when height and width change together", async () => {
  await using editor = await EditorTerminal.start({ columns: 40, rows: 16 });
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  await editor.print(...lines);
  await editor.request({ do: "listen" });
  await editor.type("a line that wraps in twenty columns as in forty 한글 ends", "End");
  await editor.reads(KEY_SEQUENCE);
  const sizes = [[20, 8], [33, 20], [47, 6], [12, 16], [61, 7], [40, 16]] as const;
  for (const [columns, rows] of sizes) {
    await editor.resize({ columns, rows });
    await editor.print(`${columns} x ${rows}`);
    await editor.terminal.waitFor(new RegExp(`^${columns} x ${rows}\n(.*\n)*.*ends$`, "m"));
  }
  const history = (await editor.terminal.history()).split("\n");
  assertEquals(history, [
    ...lines,
    ...sizes.map(([columns, rows]) => `${columns} x ${rows}`),
    "> a line that wraps in twenty columns as",
    " in forty 한글 ends",
  ]);
});

test("LineEditor overwrites nothing when it prints before it knows that the terminal has grown", async () => {
  await using editor = await EditorTerminal.start({ columns: 20 });
  await editor.print("one", "two", "three");
  await editor.type("a line that wraps in twenty columns");
  await editor.shows("one", "two", "three", "> a line that wraps ", "in twenty columns|");
  await editor.resize({ columns: 19, rows: 12 });
  await editor.print("four");
  await editor.terminal.waitFor(/four\n(.*\n)*.*columns$/);
  // tmux reports this one a quarter of a second later.
  await editor.terminal.resize({ columns: 60, rows: 12 });
  await editor.print("five");
  const line = "> a line that wraps in twenty columns";
  await editor.terminal.waitFor(new RegExp(`^five\n${line}$`, "m"));
  const history = (await editor.terminal.history()).split("\n");
  assertEquals(history, ["one", "two", "three", "four", "five", line]);
});

test("LineEditor keeps the rows above when the terminal gets as narrow as the line is long", async () => {
  for (const key of ["End", "Left"]) {
    await using editor = await EditorTerminal.start({ columns: 40 });
    await editor.print("one", "two");
    await editor.type(X, key);
    await editor.shows("one", "two", key === "End" ? `> ${X}|` : `> ${X.slice(1)}|x`);
    await editor.resize({ columns: 20, rows: 12 });
    await editor.print("three");
    await editor.terminal.waitFor(/three\n(.*\n)*.*x{17}$/);
    assertEquals((await editor.terminal.history()).split("\n"), ["one", "two", "three", `> ${X}`]);
  }
});

test("LineEditor shows the text around the cursor of a line larger than the screen", async () => {
  await using editor = await EditorTerminal.start({ columns: 20, rows: 6 });
  await editor.print("above");
  const text = Array.from({ length: 1_000 }, (_, i) => `${i} `).join("");
  await editor.terminal.paste(text);
  await editor.shows("above", "…90 991 992 993 994", "995 996 997 998 999", "|");
  await editor.type("", "Home");
  await editor.shows("above", "> |0 1 2 3 4 5 6 7 8", "9 10 11 12 13 14 15", "1…");
  await editor.type("", "Enter");
  assertEquals(await editor.hear(), { heard: "line", text });
  await editor.shows("above", "> |");
});

for (const columns of [80, 20]) {
  test(`LineEditor edits a line of several rows, and prints above it (${columns} columns)`, async () => {
    await using editor = await EditorTerminal.start({ columns });
    await editor.type("one", "M-Enter");
    await editor.type("two");
    await editor.terminal.send("\x1b[13;2uthree\x1b[27;2;13~");
    await editor.shows("> one", "  two", "  three", "  |");
    await editor.print("above");
    await editor.shows("above", "> one", "  two", "  three", "  |");
    await editor.type("", "BSpace", "Up", "Up");
    await editor.type("!");
    await editor.print("more");
    await editor.shows("above", "more", "> one!|", "  two", "  three");
    await editor.type("", "Down", "Home", "BSpace");
    await editor.shows("above", "more", "> one!|two", "  three");
    await editor.type("", "C-_", "Enter");
    assertEquals(await editor.hear(), { heard: "line", text: "one!\ntwo\nthree" });
    await editor.shows("above", "more", "> |");
    await editor.type("", "Up");
    await editor.shows("above", "more", "> one!", "  two", "  three|");
    await editor.type("", "C-l", "C-c");
    await editor.shows("> |");
  });
}

test("LineEditor keeps the rows above a line of several rows through resizes", async () => {
  await using editor = await EditorTerminal.start({ columns: 40 });
  const above = Array.from({ length: 9 }, (_, i) => `line ${i}`);
  await editor.print(...above);
  await editor.type("a row that wraps in twenty columns", "M-Enter");
  await editor.type("and another one that does", "Up");
  const line = ["> a row that wraps in twent|y columns", "  and another one that does"];
  await editor.shows(...above, ...line);
  for (const columns of [20, 33, 60]) {
    await editor.resize({ columns, rows: 12 });
    await editor.print(`${columns}`);
    await editor.terminal.waitFor(new RegExp(`^${columns}\\n(.*\\n)*.*does$`, "m"));
  }
  const rows = (await editor.terminal.history()).split("\n");
  assertEquals(rows, [...above, "20", "33", "60", ...line.map((row) => row.replace("|", ""))]);
});

test("LineEditor shows the rows around the cursor of a line with more rows than the screen", async () => {
  await using editor = await EditorTerminal.start({ columns: 20, rows: 6 });
  await editor.print("above");
  for (let i = 1; i <= 9; i++) await editor.type(`${i}`, "M-Enter");
  await editor.shows("above", "…", "  7", "  8", "  9", "  |");
  await editor.type("", "Up", "Up", "Up", "Up", "Up");
  await editor.shows("above", "…", "  4", "  |5", "  6", "…");
  await editor.type("", "C-c");
  await editor.shows("above", "> |");
});

const SEARCH_STEPS: [keys: string[], wide: string[], narrow: string[]][] = [
  [["C-r"], ["(search) : draft|"], ["(search) : draft|"]],
  [["o"], ["(search) o: tw|o"], ["(search) o: tw|o"]],
  [["n", "e", " ", "t"], ["(search) one t: |one two three"], [
    "(search) one t: |one ",
    "two three",
  ]],
  [["x"], ["(no match) one tx: |one two three"], ["(no match) one tx: |o", "ne two three"]],
  [["BSpace", "BSpace", "C-r"], ["(search) one : |one two three"], [
    "(search) one : |one t",
    "wo three",
  ]],
  [["C-s"], ["(search) one : |one more"], ["(search) one : |one m", "ore"]],
  [["C-g"], ["> draft|"], ["> draft|"]],
  [["C-r", "C-r", "C-r"], ["(search) one : |one two three"], [
    "(search) one : |one t",
    "wo three",
  ]],
  [["Right", "Right"], ["> on|e two three"], ["> on|e two three"]],
];

for (const columns of [80, 20]) {
  test(`LineEditor searches the lines typed before, as bash does (${columns} columns)`, async () => {
    await using editor = await EditorTerminal.start({ columns });
    for (const line of ["one two three", "one more", "two"]) {
      await editor.type(line, "Enter");
      await editor.hear();
    }
    await editor.type("draft");
    for (const [keys, wide, narrow] of SEARCH_STEPS) {
      await editor.type("", ...keys);
      await editor.shows(...columns === 80 ? wide : narrow);
    }
    await editor.print("above");
    await editor.shows("above", "> on|e two three");
    await editor.type("", "M->", "C-r");
    await editor.type("more", "Enter");
    assertEquals(await editor.hear(), { heard: "line", text: "one more" });
    await editor.shows("above", "> |");
  });
}

test("LineEditor takes edits back: typed text, pastes, cuts, completions", async () => {
  await using editor = await EditorTerminal.start({ columns: 20 });
  await editor.type("see ");
  await editor.terminal.paste("a\tb");
  await editor.type(" bo", "Tab", "C-w");
  await editor.shows("> see a    b |");
  for (
    const line of ["see a    b bob|", "see a    b bo|", "see a    b|", "see |", "|"]
  ) {
    await editor.type("", "C-_");
    await editor.shows(`> ${line}`);
  }
  await editor.type("", "C-x", "C-r", "C-x", "C-r");
  await editor.shows("> see a    b|");
  await editor.type("", "C-x", "C-u", "Enter");
  assertEquals(await editor.hear(), { heard: "line", text: "see " });
});

test("LineEditor clears the screen on C-l, except for the line", async () => {
  await using editor = await EditorTerminal.start();
  await editor.print("above");
  await editor.type("half a line", "Left", "C-l");
  await editor.shows("> half a lin|e");
  // tmux keeps the cleared screen, without the line.
  assertEquals((await editor.terminal.history()).split("\n"), ["above", "> half a line"]);
});

test("LineEditor completes at Tab, and lists ambiguous candidates above the line", async () => {
  await using editor = await EditorTerminal.start({ columns: 20 });
  await editor.type("a long line to wrap bo");
  await editor.type("", "Tab");
  await editor.shows("> a long line to wra", "p bob|");
  await editor.type(" a");
  await editor.type("", "Tab");
  await editor.shows("> a long line to wra", "p bob ann|");
  await editor.type("", "Tab");
  await editor.shows("anna  annette", "> a long line to wra", "p bob ann|");
  await editor.type("", "C-u");
  await editor.type("한", "Tab");
  await editor.shows("anna  annette", "> 한국|");
  await editor.type("", "C-u");
  await editor.terminal.send("한\tx\r"); // Before the candidates are there.
  assertEquals(await editor.hear(), { heard: "line", text: "한x" });
  await editor.terminal.send("bo\tx\r");
  assertEquals(await editor.hear(), { heard: "line", text: "bobx" });
});

/** Runs the editor between two looks at the terminal's settings, and then shows pasted text. */
function between(editor: string): string {
  return `before=$(stty -g); ${editor}; code=$?
    [ "$before" = "$(stty -g)" ] && echo "exit $code, restored" || echo "exit $code, not restored"
    exec cat -v`;
}

const WAYS_OUT: [way: string, code: number, leave: (editor: EditorTerminal) => Promise<unknown>][] =
  [
    ["C-d", 0, (editor) => editor.type("", "C-c", "C-d")],
    ["close()", 0, (editor) => editor.request({ do: "close" })],
    ["an error that nobody catches", 1, (editor) => editor.request({ do: "throw" })],
    ["a rejection that nobody handles", 1, (editor) => editor.request({ do: "reject" })],
    ["Deno.exit()", 3, (editor) => editor.request({ do: "exit" }).catch(() => {})],
  ];

for (const [way, code, leave] of WAYS_OUT) {
  test(`LineEditor leaves the terminal as it was: ${way}`, async () => {
    await using editor = await EditorTerminal.start({}, between);
    await editor.type("x".repeat(50), "Home");
    await editor.shows(`> |${"x".repeat(38)}`, "x".repeat(12));
    await leave(editor);
    await editor.terminal.waitFor(new RegExp(`^exit ${code}, restored$`, "m"));
    await editor.terminal.paste("pasted\n");
    await editor.terminal.waitFor(/^exit .*\npasted\n/m);
    if (code === 0) return;
    assertMatch(await editor.terminal.history(), /^> x{38}\nx{12}\n/m); // Later output is below.
  });
}

test("LineEditor closes, and crashes nothing, when the terminal is gone", async () => {
  const file = await Deno.makeTempFile();
  try {
    const script = (editor: string) => `trap "" HUP; ${editor}; echo $? > ${quote([file])}`;
    await using editor = await EditorTerminal.start({}, script);
    await editor.terminal.hangUp();
    let heard = await editor.request({ do: "print", lines: ["nobody sees this"] });
    while (heard.heard !== "close") heard = await editor.hear();
    await editor.terminal.ended();
    assertEquals(await Deno.readTextFile(file), "0\n");
  } finally {
    await Deno.remove(file);
  }
});

test("LineEditor restores the terminal while the process is stopped by C-z", async () => {
  await using editor = await EditorTerminal.start(
    { columns: 20 },
    (editor) =>
      `before=$(stty -g); set -m
    ${editor}; [ "$before" = "$(stty -g)" ] && echo restored || echo not restored
    cat -v; fg > /dev/null`,
  );
  await editor.print("above");
  await editor.type("a line that wraps in twenty", "Home");
  await editor.shows("above", "> |a line that wraps ", "in twenty");
  await editor.type("", "C-z");
  await editor.shows("above", "restored");
  await editor.terminal.paste("pasted\n");
  await editor.terminal.waitFor(/^pasted\npasted$/m);
  await editor.type("", "C-d");
  await editor.terminal.waitFor(/^> a line that wraps\nin twenty$/m);
  await editor.print("below");
  await editor.terminal.waitFor(/^below\n> a line that wraps\nin twenty$/m);
  await editor.terminal.paste("one\ntwo");
  await editor.type("", "Enter");
  const text = "one\ntwoa line that wraps in twenty";
  assertEquals(await editor.hear(), { heard: "confirm", text });
});

test("LineEditor resumes raw mode when the process continues after others stopped it", async () => {
  await using editor = await EditorTerminal.start({}, (editor) =>
    `set -m
    ${editor}; stty sane; printf 'stopped\\033[?2004l\\n'; read go; fg > /dev/null`);
  await editor.type("half");
  await editor.terminal.waitFor(/half/);
  await editor.terminal.signal("STOP", "editor_program.ts");
  await editor.terminal.waitFor(/stopped/);
  await editor.type("", "Enter");
  await editor.terminal.waitFor(/stopped\s+> half$/);
  await editor.terminal.paste("one\ntwo");
  await editor.terminal.waitFor(/^> half⟦2 lines⟧$/m);
  await editor.type("", "Enter");
  assertEquals(await editor.hear(), { heard: "confirm", text: "halfone\ntwo" });
});

test("LineEditor types the line anew where a dumb terminal cannot change it", async () => {
  await using editor = await EditorTerminal.start({}, (editor) => `TERM=dumb ${editor}; cat`);
  await editor.type("one");
  await editor.shows("> one|");
  await editor.print("above");
  await editor.shows("> one", "above", "> one|");
  await editor.type(" two");
  await editor.shows("> one", "above", "> one two|");
  await editor.type("", "BSpace");
  await editor.shows("> one", "above", "> one two", "> one tw|");
  await editor.terminal.paste("\x16y"); // Typed, because the terminal does not bracket pastes.
  await editor.shows("> one", "above", "> one two", "> one twy|");
  await editor.type("", "Enter");
  assertEquals(await editor.hear(), { heard: "line", text: "one twy" });
  await editor.shows("> one", "above", "> one two", "> one twy", "> |");
  await editor.type("a", "M-Enter");
  await editor.type("b");
  await editor.shows("> one", "above", "> one two", "> one twy", "> a↵b|");
});
