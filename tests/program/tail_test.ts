import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseSince, type Since } from "../../text/since.ts";
import type { ClientFrame } from "../../proto/mod.ts";
import { escapeText } from "../../text/escape.ts";
import {
  commandLine,
  freePort,
  type Result,
  run,
  runScript,
  start,
  startServer,
} from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Peer } from "../support/wire/grpc_peer.ts";
import { Proxy } from "../support/wire/proxy.ts";

const noTmux = !(await hasTmux());
const why = noTmux ? " (ignored: no tmux)" : "";

/** Starts a server whose lobby has these messages by ann. */
async function startWith(...messages: string[]) {
  const server = await startServer(["--quiet"]);
  await say(server.address, ...messages);
  return server;
}

async function say(address: string, ...messages: string[]): Promise<void> {
  using peer = new Peer(address);
  for (const message of messages) await peer.send({ name: "ann", message });
}

/** Runs `chat tail` to completion. */
function tail(address: string, ...args: string[]): Promise<Result> {
  return run("tail", ["--server", address, ...args]);
}

Deno.test("chat tail prints the room's notes and new ones, and is invisible", async () => {
  await using server = await startWith("one", "two");
  await using reading = start("tail", ["--server", server.address]);
  await reading.waitFor(/^\[~ann\] one\n\[~ann\] two\n$/);
  await using joined = start("join", ["--server", server.address, "--name", "bob", "--last", "9"]);
  await joined.write("three\n");
  await reading.waitFor(/^\[bob\] three$/m);
  await joined.waitFor(/three/);
  assertEquals([reading.stderr, joined.stderr], ["", ""]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`chat tail exits 0 on ${signal}`, async () => {
    await using server = await startWith("one");
    await using reading = start("tail", ["--server", server.address]);
    await reading.waitFor(/one/);
    reading.kill(signal);
    assertEquals((await reading.ended()).code, 0);
    assertEquals([reading.stdout, reading.stderr], ["[~ann] one\n", ""]);
  });
}

Deno.test("chat tail --json prints a note as one line that is safe and exact", async () => {
  await using server = await startServer(["--quiet"]);
  const message = 'a\n"b" \0\x1b[31m\u202e 👍';
  await say(server.address, message);
  const { stdout } = await tail(server.address, "--json", "--until-now");
  const { time, ...note } = JSON.parse(stdout);
  assertEquals(note, {
    seq: 1,
    room: "lobby",
    name: "ann",
    kind: "said",
    message,
    verified: false,
  });
  assertMatch(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertEquals(escapeText(stdout.trimEnd()), stdout.trimEnd());
});

Deno.test("chat tail --time shows the times of notes, in one of two formats", async () => {
  await using server = await startWith("one");
  const stamped = (style: string) => tail(server.address, "--until-now", "--time", style);
  assertEquals((await stamped("off")).stdout, "[~ann] one\n");
  assertMatch((await stamped("hm")).stdout, /^\d\d:\d\d \[~ann\] one\n$/);
  assertMatch(
    (await stamped("iso")).stdout,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 \[~ann\] one\n$/,
  );
});

Deno.test("chat tail --time hm shows the date where the day changes", async () => {
  const days = [21, 21, 22].map((day, i) => Date.UTC(2001, 10, day, 12, i));
  using server = await FakeServer.answering(({ join }) =>
    join
      ? [welcome(join), {
        notes: days.map((time, i) => ({ seq: i + 1, time, name: "ann", message: `${i}` })),
      }]
      : []
  );
  const stamped = (style: string) => {
    const args = ["--server", server.address, "--count", "3", "--time", style];
    return run("tail", args, { env: { TZ: "UTC" } });
  };
  assertEquals((await stamped("hm")).stdout.split("\n"), [
    ...["── Wednesday 21 November 2001 ──", "12:00 [ann] 0", "12:01 [ann] 1"],
    ...["── Thursday 22 November 2001 ──", "12:02 [ann] 2", ""],
  ]);
  for (const style of ["off", "iso"]) assert(!(await stamped(style)).stdout.includes("──"));
});

Deno.test({
  name: `chat tail on a terminal shows the times of notes${why}`,
  ignore: noTmux,
  async fn() {
    await using server = await startWith("one");
    const command = quote(commandLine("tail", ["--server", server.address]));
    await using terminal = await Terminal.start(command, { columns: 80, rows: 5 });
    await terminal.waitFor(/^\d\d:\d\d \[~ann\] one$/m);
  },
});

const STARTS: [args: string[], messages: string[]][] = [
  [[], ["one", "two", "three"]],
  [["--last", "2"], ["two", "three"]],
  [["--last", "0"], []],
  [["--since", "2"], ["two", "three"]],
  [["--since", "4"], []],
  [["--since", "1h"], ["one", "two", "three"]],
  [["--since", "2000-01-01"], ["one", "two", "three"]],
  [["--since", "2999-01-01T00:00Z"], []],
  [["--since", "2", "--count", "1"], ["two"]],
];

Deno.test("chat tail --until-now exits after the newest note, wherever it starts", async (t) => {
  await using server = await startWith("one", "two", "three");
  for (const [args, messages] of STARTS) {
    await t.step(args.join(" "), async () => {
      const stdout = messages.map((message) => `[~ann] ${message}\n`).join("");
      assertEquals(await tail(server.address, "--until-now", ...args), {
        code: 0,
        stdout,
        stderr: "",
      });
    });
  }
});

Deno.test("chat tail --count prints no more notes than that from one batch", async () => {
  await using server = await startServer(["--quiet"]);
  const script = "seq 1 100 | chat_send --name bob --lines; chat_tail --count 7";
  const { stdout } = await runScript(script, { CHAT_SERVER: server.address });
  assertEquals(stdout, [1, 2, 3, 4, 5, 6, 7].map((i) => `[bob] ${i}\n`).join(""));
});

Deno.test("chat tail --count exits after this many notes, including future ones", async () => {
  await using server = await startWith("one");
  await using reading = start("tail", ["--server", server.address, "--count", "2", "--json"]);
  await reading.waitFor(/"one"/);
  await say(server.address, "two", "three");
  assertEquals((await reading.ended()).code, 0);
  // The check for a reader may have come between the two, but none follows the last one.
  const lines = reading.stdout.split("\n");
  assertEquals(lines.map((line) => line && JSON.parse(line).message), ["one", "two", ""]);
});

for (const size of [3, 5, 20_000]) {
  Deno.test(`chat tail --json | head -3 ends by itself in a room of ${size} notes`, async () => {
    await using server = await startServer(["--quiet"]);
    const script = `seq 1 ${size} | chat_send --name bob --lines
      (chat_tail --json; echo $? >&2) | head -n 3`;
    const { stdout, stderr } = await runScript(script, { CHAT_SERVER: server.address });
    assertEquals(stderr, "0\n");
    const messages = stdout.trim().split("\n").map((line) => JSON.parse(line).message);
    assertEquals(messages, ["1", "2", "3"]);
  });
}

Deno.test("chat tail ends at the next note when its output is closed, and exits 0", async () => {
  await using server = await startWith("one");
  await using reading = start("tail", ["--server", server.address]);
  await reading.waitFor(/one/);
  await reading.closeStdout();
  await say(server.address, "two");
  assertEquals((await reading.ended()).code, 0);
  assertEquals(reading.stderr, "");
});

Deno.test("chat tail continues where it was after a cut connection, and reports the cut", async () => {
  await using server = await startWith("before");
  await using proxy = new Proxy(server.address);
  await using reading = start("tail", ["--server", proxy.address]);
  await reading.waitFor(/before/);
  proxy.cut();
  await say(server.address, "meanwhile");
  await reading.waitFor(/^-- connected again --$/m, "stderr");
  await say(server.address, "after");
  await reading.waitFor(/after/);
  assertEquals(reading.stdout, "[~ann] before\n[~ann] meanwhile\n[~ann] after\n");
  assertMatch(reading.stderr, /^-- not connected to "[^"]*": .* --\n-- connected again --\n$/);
});

Deno.test("chat tail reports how many notes were lost", async () => {
  await using server = await startServer(["--quiet", "--keep", "2"]);
  await say(server.address, "one");
  await using proxy = new Proxy(server.address);
  await using reading = start("tail", ["--server", proxy.address]);
  await reading.waitFor(/one/);
  reading.kill("SIGSTOP"); // This keeps it from reconnecting too early.
  proxy.cut();
  await say(server.address, "two", "three", "four", "five");
  reading.kill("SIGCONT");
  await reading.waitFor(/five/);
  await reading.waitFor(/^-- 2 notes were removed before you could read them --$/m, "stderr");
  assertEquals(reading.stdout, "[~ann] one\n[~ann] four\n[~ann] five\n");
});

Deno.test("chat tail does not call notes lost that were dropped before it first joined", async () => {
  await using server = await startServer(["--quiet", "--keep", "2"]);
  await say(server.address, "one", "two", "three", "four");
  assertEquals(await tail(server.address, "--until-now", "--last", "3"), {
    code: 0,
    stdout: "[~ann] three\n[~ann] four\n",
    stderr: "-- 1 older note is no longer kept --\n",
  });
});

Deno.test("chat tail names an unreachable server, and exits 3", async () => {
  const address = `127.0.0.1:${freePort()}`;
  const { code, stdout, stderr } = await tail(address, "--timeout", "3");
  assertEquals([code, stdout], [3, ""]);
  assertEquals(stderr.split("\n"), [
    `-- not connected to "${address}": nothing listens there; retrying --`,
    `error: Cannot reach "${address}": nothing listens there (tried for 3 s)`,
    "",
  ]);
});

Deno.test("chat tail --until-now reports a server that does not answer, and exits 3", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const { code, stdout, stderr } = await tail(
    `127.0.0.1:${port}`,
    "--until-now",
    "--timeout",
    "0.5",
  );
  assertEquals([code, stdout], [3, ""]);
  assertMatch(stderr, /^error: Cannot reach ".*": no answer \(tried for 0.5 s\)\n$/m);
});

Deno.test("chat tail reports why a server refuses it, and exits 4", async () => {
  await using server = await startServer(["--quiet", "--max-rooms", "1"]);
  await say(server.address, "the first room");
  const { code, stderr } = await tail(server.address, "--room", "second", "--until-now");
  assertEquals(code, 4);
  assertMatch(
    stderr,
    /^error: Cannot join ".*": There is no room "second" yet\n$/,
  );
});

Deno.test("chat tail waits for a room that does not exist, and follows it once it does", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  await using reading = start("tail", ["--server", proxy.address, "--room", "dev", "--json"]);
  const waiting = '-- there is no room "dev" yet; waiting for it --\n';
  await reading.waitFor(new RegExp(`^${waiting}$`), "stderr");
  proxy.cut();
  await reading.waitFor(/^-- connected again --$/m, "stderr");
  const args = ["--server", server.address, "--name", "ann", "--room", "Dev", "hello"];
  assertEquals((await run("send", args)).stderr, "");
  const { message } = JSON.parse((await reading.waitFor(/^.+$/m))[0]);
  assertEquals(message, "hello");
});

Deno.test("chat tail follows a server of the original contract, without positions and times", async () => {
  using server = await FakeServer.original([{ name: "ann", message: "old" }]);
  const { code, stdout } = await tail(server.address, "--json", "--count", "1");
  const note = {
    seq: null,
    time: null,
    room: "lobby",
    name: "ann",
    kind: "said",
    message: "old",
    verified: null,
  };
  assertEquals([code, stdout], [0, `${JSON.stringify(note)}\n`]);
});

for (const args of [["--last", "1"], ["--since", "1"], ["--since", "1h"], ["--until-now"]]) {
  const flags = args.join(" ");
  Deno.test(`chat tail ${flags} needs more than the original contract offers, and exits 4`, async () => {
    using server = await FakeServer.original([{ name: "ann", message: "old" }]);
    const { code, stdout, stderr } = await tail(server.address, ...args);
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /^error: This server speaks the original contract: [^\n]+\n$/);
  });
}

Deno.test("chat tail --since 10m starts by the server's clock, and by its own on older servers", async () => {
  const joins: ClientFrame["join"][] = [];
  using server = await FakeServer.answering(({ join }) => {
    joins.push(join);
    return join ? welcome(join) : undefined;
  });
  const before = Date.now();
  assertEquals((await tail(server.address, "--since", "10m", "--until-now")).code, 0);
  const { ago_ms, since = 0 } = joins[0]!;
  assertEquals(ago_ms, 600_000);
  assert(since >= before - 600_000 && since <= Date.now() - 600_000);
});

Deno.test("parseSince() parses durations, positions, dates and times", () => {
  const now = new Date(2026, 10, 22, 12, 0); // Local time, like every time without a zone.
  const cases: [text: string, since: Since][] = [
    ["90s", { agoMs: 90_000 }],
    ["1h", { agoMs: 3_600_000 }],
    ["999999d", { agoMs: 999_999 * 86_400_000 }],
    ["1", { seq: 1 }],
    ["2026", { seq: 2026 }],
    ["2026-11-20", { time: new Date(2026, 10, 20).getTime() }],
    ["2024-02-29", { time: new Date(2024, 1, 29).getTime() }],
    ["2026-11-20T17:02", { time: new Date(2026, 10, 20, 17, 2).getTime() }],
    ["2026-11-20T17:02:03.5", { time: new Date(2026, 10, 20, 17, 2, 3, 500).getTime() }],
    ["2026-11-20T17:02Z", { time: Date.UTC(2026, 10, 20, 17, 2) }],
    ["2026-11-20T17:02:03+09:00", { time: Date.UTC(2026, 10, 20, 8, 2, 3) }],
    ["09:30", { time: new Date(2026, 10, 22, 9, 30).getTime() }],
    ["23:59:59", { time: new Date(2026, 10, 21, 23, 59, 59).getTime() }],
    ["2026-11-20 17:02", { time: new Date(2026, 10, 20, 17, 2).getTime() }],
  ];
  for (const [text, since] of cases) assertEquals(parseSince(text, now), since, text);
});
