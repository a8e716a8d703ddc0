import { assertEquals, assertMatch } from "@std/assert";
import { wrap } from "../../text/width.ts";
import { EditorTerminal, MAX_LOOKS } from "./editor_terminal.ts";
import { hasTmux, quote } from "../support/terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${why}`, ignore: missing, fn });
}

test("LineEditor edits a line by keys, and says it as it was typed", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("two 한국어", "C-a");
  await typist.type("one ", "M-f", "C-k");
  await typist.shows("> one two|");
  await typist.type("", "Home", "Right", "Right", "DC", "C-y", "BSpace", "C-_", "End");
  await typist.shows("> on 한국어 two|");
  await typist.type("", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "on 한국어 two" });
  await typist.type("half", "C-c", "Up", "Up");
  await typist.shows("> on 한국어 two|");
  await typist.type("", "C-Left", "C-w", "Enter");
  assertEquals(await typist.hear(), { heard: "line", text: "on two" });
});

test("LineEditor shows a paste of several lines as one character, and asks before it is said", async () => {
  await using typist = await EditorTerminal.start();
  await typist.type("see: !", "Left");
  await typist.terminal.paste("one\r\n\ttwo\rthree\x1b[31m\n");
  await typist.shows("> see: ⟦3 lines⟧|!");
  await typist.type("", "Enter", "Enter");
  const text = "see: one\n\ttwo\nthree\x1b[31m!";
  assertEquals(await typist.hear(), { heard: "confirm", text });
  assertEquals(await typist.hear(), { heard: "line", text });
  await typist.shows("> |");
});

test("LineEditor refuses a paste that is larger than it keeps", async () => {
  await using typist = await EditorTerminal.start();
  const text = "line\n".repeat(250_000);
  await typist.terminal.paste(text);
  assertEquals(await typist.hear(), { heard: "refuse", chars: text.length });
  await typist.shows("> |");
});

test("LineEditor sets a restored text aside for another one", async () => {
  await using typist = await EditorTerminal.start();
  const text = "one";
  assertEquals(await typist.tell({ do: "restore", text }), { heard: "done", result: true });
  await typist.shows("> one|");
  await typist.type("two");
  assertEquals(await typist.hear(), { heard: "aside", text });
  await typist.shows("> two|");
  assertEquals(await typist.tell({ do: "restore", text }), { heard: "done", result: false });
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

test("LineEditor prints above lines that end at the right edge, and takes them away at Enter", async () => {
  await using typist = await EditorTerminal.start({ columns: 20 });
  for (const [typed, keys, rows] of EDGES) {
    for (const printed of [[], ["printed", `${X}xx`]]) {
      await typist.type("", "C-l");
      await typist.type(typed, ...keys);
      await typist.shows(...rows);
      for (const line of printed) await typist.print(line);
      await typist.shows(...printed, ...rows);
      await typist.type("", "Enter");
      assertEquals(await typist.hear(), { heard: "line", text: typed });
      await typist.shows(...printed, "> |");
    }
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
