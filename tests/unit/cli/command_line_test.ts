import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commonFlags } from "../../../cli/flags/common.ts";
import { terminalStyle } from "../../../cli/flags/style.ts";
import { EXIT } from "../../../cli/framework/exit.ts";
import { flagRows, parseFlags } from "../../../cli/framework/flags.ts";
import { COMMANDS } from "../../../cli/table.ts";
import config from "../../../deno.json" with { type: "json" };
import { main } from "../../../mod.ts";
import { BOUNDS } from "../../../server/bounds.ts";
import { formatNumber } from "../../../text/number.ts";

/** Runs the program in this process, up to where it would serve or join. */
async function chat(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const code = await main(args, {
    program: "chat",
    output: {
      print: (text) => Promise.resolve(void (written.stdout += text)),
      report: (line) => void (written.stderr += `${line}\n`),
      log: (text) => Promise.resolve(void (written.stderr += text)),
    },
    signal: AbortSignal.abort(),
    hangUp: () => {},
    onContinue: () => new DisposableStack(),
    onReload: () => new DisposableStack(),
    env: (name) => ({ CHAT_NAME: "", CHAT_ROOM: "", CHAT_SERVER: "" })[name],
  });
  return { code, ...written };
}

/** The help as one line, because wrapping does not matter here. */
function unwrapped(help: string): string {
  return help.replace(/\s+/g, " ");
}

Deno.test("--room takes a room as the server prints it", () => {
  assertEquals(commonFlags.room.parse("#Dev Team"), "Dev Team");
});

const WRONG: [args: string[], message: string][] = [
  [["jion"], 'Unknown command "jion" (did you mean join?)'],
  [["dance"], 'Unknown command "dance" (see chat --help)'],
  [["\x1b[31m"], 'Unknown command "\\x1b[31m" (see chat --help)'],
  [["serve", "--prot", "1"], 'Unknown option "--prot" (did you mean --port?)'],
  [["serve", "--pork=1"], 'Unknown option "--pork" (did you mean --port?)'],
  [["join", "--frobnicate"], 'Unknown option "--frobnicate"'],
  [["join", "-x"], 'Unknown option "-x"'],
  ...["join", "send", "tail"].flatMap((command): [string[], string][] => [
    [[command, "--port", "4000"], 'Unknown option "--port" (did you mean --server?)'],
    [[command, "--host=chat.example"], 'Unknown option "--host" (did you mean --server?)'],
  ]),
  [["join", "--", "--name"], 'Unexpected argument "--"'],
  [["join", "bob"], 'Unexpected argument "bob"'],
  [["serve", "--port", "http"], '--port "http": must be a whole number from 0 to 65,535'],
  [["serve", "--port", "65536"], '--port "65536": must be a whole number from 0 to 65,535'],
  [["serve", "--port", "1e3"], '--port "1e3": must be a whole number from 0 to 65,535'],
  [["serve", "--port"], "--port needs a value: PORT"],
  [["serve", "--port", "--quiet"], "--port needs a value: PORT"],
  [["serve", "--port", "-1"], '--port "-1": must be a whole number from 0 to 65,535'],
  [["serve", "--port=-1"], '--port "-1": must be a whole number from 0 to 65,535'],
  [["serve", "--quiet=no"], '"--quiet=no": --quiet takes no value'],
  [
    ["serve", "--keep-age", "30"],
    '--keep-age "30": must be 1s to 999,999d, with s, m, h or d',
  ],
  [
    ["serve", "--keep-bytes", "1t"],
    '--keep-bytes "1t": must be 1 to 999,999g, with k, m or g or without',
  ],
  [
    ["serve", "--keep-bytes", "1000000g"],
    '--keep-bytes "1000000g": must be 1 to 999,999g, with k, m or g or without',
  ],
  [["serve", "--data", ""], "--data needs a value: FILE"],
  [
    ["join", "--room", "a\x07"],
    '--room "a\\x07": Room "a\\x07" contains control or invisible characters',
  ],
  [["serve", "--host", "a b"], '--host "a b": the host must be a name or an IP address'],
  [
    ["serve", "--host", "localhost:4000"],
    '--host "localhost:4000": the host must be a name or an IP address',
  ],
  [["serve", "-quiet"], 'Unknown option "-quiet" (did you mean --quiet?)'],
  [["serve", "--host", "unix:"], '--host "unix:": must name the path of the socket: unix:PATH'],
  [["serve", "--keep", "0"], '--keep "0": must be a whole number from 1 to 100,000,000'],
  [
    ["serve", "--max-note-bytes", "2000000"],
    '--max-note-bytes "2000000": must be a whole number from 1 to 1,048,576',
  ],
  [["serve", "--grace", "soon"], '--grace "soon": must be 0 to 3,600 seconds'],
  [["join", "--name", ""], "--name needs a value: NAME"],
  [["join", "--name", " "], '--name " ": Name " " is empty'],
  [
    ["join", "--name", "a\x07"],
    '--name "a\\x07": Name "a\\x07" contains control or invisible characters',
  ],
  [
    ["join", "--server", "host:0"],
    '--server "host:0": the port must be a whole number from 1 to 65,535',
  ],
  [
    ["join", "--server", "host:http"],
    '--server "host:http": the port must be a whole number from 1 to 65,535',
  ],
  [
    ["join", "--server", "http://host"],
    '--server "http://host": the host must be a name or an IP address',
  ],
  [["join", "--server", "a:1:2"], '--server "a:1:2": the host must be a name or an IP address'],
  [["join", "--timeout", "0"], '--timeout "0": must be 0.1 to 3,600 seconds'],
  [["join", "--time", "am"], '--time "am": must be off, hm or iso'],
  [["join", "--bell", "al"], '--bell "al": must be off, mention or all'],
  [["join", "--no-colour"], 'Unknown option "--no-colour" (did you mean --no-color?)'],
  [["send", "hi", "there"], 'Unexpected argument "there" (quote TEXT if it has spaces)'],
  [["send", "--", "hi", "--"], 'Unexpected argument "--" (quote TEXT if it has spaces)'],
  [
    ["send", "--password", "x", "hi"],
    'Unknown option "--password" (did you mean --password-file?)',
  ],
  [["send", "--text", "hi"], 'Unknown option "--text" (put -- before TEXT, if it starts with -)'],
  [["send", "-1"], 'Unknown option "-1" (put -- before TEXT, if it starts with -)'],
  [["send", "--lines", "hi"], "--lines reads standard input: omit TEXT"],
  [["send", "--deadline", "0", "hi"], '--timeout "0": must be 0.1 to 3,600 seconds'],
  [
    ["tail", "--since", "1h", "--last", "3"],
    "--since and --last both set the start: give only one of them",
  ],
  [["tail", "--count", "0"], '--count "0": must be a whole number from 1 to 1,000,000,000'],
  [["tail", "--name", "bob"], 'Unknown option "--name"'],
  ...["0", "1y", "yesterday", "25:00", "2026-02-30", "2026-11-22T"].map((
    since,
  ): [string[], string] => [
    ["tail", "--since", since],
    `--since "${since}": must be a time (1h, 17:02, 2026-11-22T17:02) or a position from 1`,
  ]),
  [["completions"], "SHELL is missing: bash, zsh or fish"],
  [["completions", "tcsh"], 'SHELL "tcsh": must be bash, zsh or fish'],
  [["help", "jion"], 'Unknown command "jion" (did you mean join?)'],
];

for (const [args, message] of WRONG) {
  Deno.test(`chat ${JSON.stringify(args)} is a usage error, reported in one line`, async () => {
    assertEquals(await chat(...args), { code: 2, stdout: "", stderr: `error: ${message}\n` });
  });
}

Deno.test("chat alone shows the commands and exits 2; --help exits 0", async () => {
  const alone = await chat();
  assertEquals([alone.code, alone.stderr], [2, ""]);
  assertMatch(alone.stdout, /^ {2}serve +serve rooms$/m);
  for (const args of [["--help"], ["-h"], ["help"]]) {
    assertEquals(await chat(...args), { ...alone, code: 0 });
  }
});

Deno.test("chat --help names every command and every exit code", async () => {
  const { stdout } = await chat("--help");
  for (const { name, summary } of COMMANDS) {
    assertMatch(stdout, new RegExp(`^  ${name} `, "m"));
    assertStringIncludes(unwrapped(stdout), ` ${name} ${summary} `);
  }
  for (const code of Object.values(EXIT)) assertMatch(stdout, new RegExp(`^  ${code} +\\S`, "m"));
});

for (const { name, load } of COMMANDS) {
  Deno.test(`chat ${name} --help describes each flag, in short lines`, async () => {
    const { flags } = await load();
    const { code, stdout, stderr } = await chat(name, "--help");
    assertEquals([code, stderr], [0, ""]);
    for (const row of flagRows(flags)) {
      assertMatch(row[1], /\((.*; )?(default .+|required)(; env .+)?\)$/);
      assertStringIncludes(stdout, row[0]);
    }
    assert(stdout.split("\n").every((line) => line.length <= 120), stdout);
    assertMatch(stdout, new RegExp(`^chat ${name}: .+\n\nUsage: chat ${name} .+\n\n`));
    assertEquals(await chat("help", name), { code, stdout, stderr });
    assertEquals(await chat(name, "-h"), { code, stdout, stderr });
  });
}

Deno.test("chat send --help shows the operand, and after -- it is text", async () => {
  const { stdout } = await chat("send", "--help");
  assertStringIncludes(stdout, "Usage: chat send [OPTIONS] [TEXT]\n");
  const row = " TEXT text to send (up to 1,048,576 bytes; default standard input) ";
  assertStringIncludes(unwrapped(stdout), row);
  const { code } = await chat("send", "--name", "bob", "--", "--help"); // It is stopped at once.
  assertEquals(code, 1);
});

Deno.test("chat send alone accepts --deadline for --timeout, and its help omits it", async () => {
  const { load } = COMMANDS.find(({ name }) => name === "send")!;
  const { flags } = await load();
  const values = (...args: string[]) => parseFlags(flags, args, () => undefined);
  assertEquals(values("--deadline", "3"), values("--timeout", "3"));
  assertEquals(values("--deadline=3").timeout, 3_000);
  const { stdout } = await chat("send", "--help");
  assert(!stdout.includes("--deadline"), stdout);
  const tail = await chat("tail", "--deadline", "3");
  assertEquals(tail.code, 2);
  assertStringIncludes(tail.stderr, "--deadline");
});

Deno.test("chat send --help and chat join --help name the usual bound of a note", async () => {
  const { fallback } = BOUNDS.maxNoteBytes;
  for (const name of ["send", "join"]) {
    const { stdout } = await chat(name, "--help");
    assertStringIncludes(unwrapped(stdout), `notes of up to ${formatNumber(fallback)} bytes`);
  }
});

Deno.test("terminalStyle() uses colors by default, and only marks on a dumb terminal", () => {
  const all = { color: true, attributes: true, marks: false };
  const cases: [noColor: boolean, env: Record<string, string>, style: typeof all][] = [
    [false, {}, all],
    [false, { TERM: "xterm", NO_COLOR: "" }, all],
    [false, { NO_COLOR: "0" }, { ...all, color: false }],
    [true, {}, { ...all, color: false }],
    [false, { TERM: "dumb" }, { color: false, attributes: false, marks: true }],
  ];
  for (const [noColor, env, style] of cases) {
    assertEquals(terminalStyle(noColor, (name) => env[name]), style);
  }
});

Deno.test("formatNumber() separates thousands", () => {
  const numbers = [0, 0.1, 999, 1_000, 2 ** 20, 1_234.5678];
  const texts = ["0", "0.1", "999", "1,000", "1,048,576", "1,234.5678"];
  assertEquals(numbers.map(formatNumber), texts);
});

Deno.test("chat --version is the version of the configuration", async () => {
  assertEquals(await chat("--version"), {
    code: 0,
    stdout: `chat ${config.version}\n`,
    stderr: "",
  });
});

Deno.test("chat serve --help names every flag with its bounds and default", async () => {
  const { code, stdout, stderr } = await chat("serve", "--help");
  assertEquals([code, stderr], [0, ""]);
  for (
    const line of [
      "--host HOST",
      "default 127.0.0.1)",
      "(0 to 65,535; default 11912)",
      "(1 to 100,000,000; default 1,000,000)",
      "(1 to 1,048,576; default 16,384)",
      "(1s to 999,999d, with s, m, h or d; default forever)",
      "(1 to 999,999g, with k, m or g or without; default 1g)",
      "(0 to 3,600 seconds; default 2)",
      "--quiet",
      "Examples:",
      "Exit codes:",
    ]
  ) assertStringIncludes(unwrapped(stdout), line);
});

Deno.test("chat serve --help lists its flags in groups, and its fixed limits", async () => {
  const { stdout } = await chat("serve", "--help");
  const headings = [...stdout.matchAll(/^([A-Z][a-z ]+):$/gm)].map(([, heading]) => heading);
  assertEquals(headings, [
    ...["Network", "Access", "Storage", "Several servers", "Limits", "Observing", "Options"],
    ...["Fixed limits", "Examples", "Exit codes"],
  ]);
  const firsts = [...stdout.matchAll(/^[A-Z][a-z]+:\n {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
  assertEquals(firsts, [
    ...["--host", "--members", "--data", "--max-note-bytes", "--metrics", "--help"],
  ]);
});

Deno.test("chat tail --help names the bounds of --since", async () => {
  const { stdout } = await chat("tail", "--help");
  assertMatch(
    unwrapped(stdout),
    /--since TIME\|SEQ [^()]*\(a span of 1s to 999,999d, .*, or 1 to 999,999,999,999,999;/,
  );
});

Deno.test("chat join --help names the bounds of typed text", async () => {
  const { stdout } = await chat("join", "--help");
  const words = unwrapped(stdout);
  const name = "(words of letters and digits, up to 64 characters; default";
  assertStringIncludes(words, `name to speak under ${name} your login name`);
  assertStringIncludes(
    words,
    "(up to 32 rooms, each words of letters and digits, up to 64 characters;",
  );
  assertStringIncludes(words, "another limit of at most 1,048,576");
  assertStringIncludes(words, "at most 1,048,576 characters together");
  assertStringIncludes(words, "/history shows 1 to 10,000 notes");
});

Deno.test("chat join --help names the environment variables", async () => {
  const { code, stdout } = await chat("join", "-h");
  assertEquals(code, 0);
  assertStringIncludes(unwrapped(stdout), "default your login name; env CHAT_NAME");
  assertStringIncludes(unwrapped(stdout), "default 127.0.0.1:11912; env CHAT_SERVER");
});
