import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { visible } from "../room/visible.ts";
import { FakeServer } from "./fake_server.ts";
import { run, wordsOf } from "./harness.ts";
import { HOSTILE } from "./hostile.ts";
import { hasTmux, quote, Terminal } from "./terminal.ts";

const TEXT = HOSTILE.join(" ").toWellFormed();
const SHOWN = visible(TEXT);

/** Asserts that nothing of what was written could do anything to a terminal. */
function assertHarmless(written: string): void {
  for (const line of written.split("\n")) assertEquals(visible(line), line);
}

Deno.test("chat tail shows nothing of a hostile server but visible escapes", async () => {
  using server = await FakeServer.hostile(TEXT);
  const { stdout, stderr } = await run("tail", ["--server", server.address, "--count", "3"]);
  assertHarmless(stdout);
  assertHarmless(stderr);
  assertStringIncludes(stdout, SHOWN);
});

Deno.test("chat tail --json escapes all that a hostile server calls things", async () => {
  using server = await FakeServer.hostile(TEXT);
  const { stdout } = await run("tail", ["--server", server.address, "--json", "--count", "3"]);
  assertHarmless(stdout);
  const notes = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(
    notes.map(({ room, name, to }) => [room, name, to]),
    notes.map(() => [TEXT, TEXT, TEXT]),
  );
  assertEquals(notes.length, 3);
});

Deno.test("chat send --json escapes what a hostile server calls the room", async () => {
  using server = await FakeServer.hostile(TEXT);
  const { stdout } = await run("send", [
    "--server",
    server.address,
    "--name",
    "bob",
    "--json",
    "hi",
  ]);
  assertHarmless(stdout);
  assertEquals(JSON.parse(stdout), { seq: 4, room: TEXT });
});

for (const command of ["send", "join"] as const) {
  for (const message of ["refuse", "break"]) {
    Deno.test(`chat ${command} shows why a hostile server does not take "${message}"`, async () => {
      using server = await FakeServer.hostile(TEXT);
      const args = ["--server", server.address, "--name", "bob"];
      const { code, stdout, stderr } = await run(command, args, { stdin: message });
      assert(code > 0);
      assertHarmless(stdout);
      assertHarmless(stderr);
      assertStringIncludes(stderr, SHOWN);
    });
  }
}

/** What the terminal front end itself sends: back to the start of the line, weights and colours, the paste mode. */
const OWN = new RegExp(
  [
    String.raw`(?:\x1b\[\d+A)?\r\x1b\[K\x1b\[C\x1b\[J\r`,
    String.raw`\x1b\[(?:\?2004[hl]|(?:1|2|22|39|38;5;\d+)m)`,
    String.raw`\r+(?=\n)`,
  ].join("|"),
  "g",
);

const missing = !(await hasTmux());

Deno.test({
  name: `chat join is not moved by a hostile server${missing ? " (ignored: no tmux)" : ""}`,
  ignore: missing,
  async fn() {
    using server = await FakeServer.hostile(TEXT);
    const folder = await Deno.makeTempDir();
    try {
      const record = `${folder}/record`;
      const chat = quote([
        ...["env", `XDG_STATE_HOME=${folder}`],
        ...wordsOf("join", ["--server", server.address, "--name", "bob", "--bell", "off"]),
      ]);
      const script = `read go; ${chat}; echo "exit $?"`;
      await using terminal = await Terminal.start(script, { columns: 200, rows: 60 });
      await terminal.record(record);
      await terminal.press("Enter");
      await terminal.waitFor(/ joined/);
      const steps: [typed: string, shown: RegExp][] = [
        ["/who", /\d here:/],
        ["/rooms", /: 1 here$/m],
        ["/bans", / muted for \d/],
        ["/kick ann", /^-- \/kick: /m],
        ["refuse", /not sent:/],
      ];
      for (const [typed, shown] of steps) {
        await terminal.type(typed);
        await terminal.press("Enter");
        await terminal.waitFor(shown);
      }
      await terminal.press("C-u");
      await terminal.type("break");
      await terminal.press("Enter");
      await terminal.waitFor(/connection lost/);
      await terminal.waitFor(/^exit 4$/m);
      const written = await terminal.recorded(record, /exit 4/);
      assertHarmless(written.replaceAll(OWN, ""));
      assertEquals(await terminal.rang(), false);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
