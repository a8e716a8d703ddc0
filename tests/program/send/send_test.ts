import { assertEquals, assertMatch } from "@std/assert";
import type { InputLine } from "../../../client/stream/lines.ts";
import { SendWindow } from "../../../client/stream/send_window.ts";
import {
  commandLine,
  freePort,
  Person,
  type Process,
  run,
  runScript,
  start,
  startServer,
} from "../../support/program.ts";
import { hasTmux, quote, Terminal } from "../../support/terminal.ts";
import { FakeServer } from "../../support/wire/fake_server.ts";
import { Proxy } from "../../support/wire/proxy.ts";

const noTmux = !(await hasTmux());
const why = noTmux ? " (ignored: no tmux)" : "";

/** All notes of the lobby: names and messages. */
async function notes(address: string): Promise<[name: string, message: string][]> {
  const { stdout } = await run("tail", ["--server", address, "--json", "--until-now"]);
  return stdout.split("\n").filter(Boolean).map((line) => {
    const { name, message } = JSON.parse(line);
    return [name, message];
  });
}

/** The messages of the lobby. */
async function messages(address: string): Promise<string[]> {
  return (await notes(address)).map(([, message]) => message);
}

/** Starts `chat send` as bob. */
function send(address: string, ...args: string[]): Process {
  return start("send", ["--server", address, "--name", "bob", ...args]);
}

/** `count` lines of this many characters. */
async function* linesOf(length: number, count: number): AsyncGenerator<InputLine> {
  for (let number = 1; number <= count; number++) yield { number, text: "x".repeat(length) };
}

Deno.test("chat send TEXT sends it silently, and exits 0 once it is accepted", async () => {
  await using server = await startServer(["--quiet"]);
  const sent = await run("send", ["--server", server.address, "--name", "bob", "hi, all"]);
  assertEquals(sent, { code: 0, stdout: "", stderr: "" });
  assertEquals(await notes(server.address), [["bob", "hi, all"]]);
});

Deno.test("chat send preserves every character of a note, through to chat tail --json", async () => {
  await using server = await startServer(["--quiet"]);
  const text = 'two\n\nlines "quoted" \\ \0\x07\x1b[31m\r\n\x9b\u202e\u2028\ufeff\u{e0041} 👩‍💻\n';
  const sent = await run("send", ["--server", server.address, "--name", "bob"], {
    stdin: `${text}\n`,
  });
  assertEquals(sent, { code: 0, stdout: "", stderr: "" });
  assertEquals(await messages(server.address), [text]);
});

Deno.test("chat send TEXT leaves the input of a loop alone", async () => {
  await using server = await startServer(["--quiet"]);
  const script =
    `printf '1\\n2\\n3\\n' | while read -r line; do chat_send --name bob "$line"; done`;
  assertEquals((await runScript(script, { CHAT_SERVER: server.address })).code, 0);
  assertEquals(await messages(server.address), ["1", "2", "3"]);
});

Deno.test({
  name: `chat send on a terminal prints that it reads until Ctrl-D${why}`,
  ignore: noTmux,
  async fn() {
    await using server = await startServer(["--quiet"]);
    const command = quote(commandLine("send", ["--server", server.address, "--name", "bob"]));
    const script = `${command}; echo "exit $?"`;
    await using terminal = await Terminal.start(script, { columns: 80, rows: 9 });
    await terminal.waitFor(/^Reading standard input until Ctrl-D$/m);
    await terminal.type("one");
    await terminal.press("Enter");
    await terminal.type("two");
    await terminal.press("Enter", "C-d");
    await terminal.waitFor(/^exit 0$/m);
    assertEquals(await messages(server.address), ["one\ntwo"]);
  },
});

Deno.test("chat send treats arguments after -- as text, and one name may be used twice at once", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  const joining = ["--server", server.address, "--name", "bob", "--last", "9"];
  await using joined = start("join", joining, { env: bob.env });
  const args = ["--server", server.address, "--name", "bob", "--json", "--", "--help"];
  assertEquals(await run("send", args, { env: bob.env }), {
    code: 0,
    stdout: '{"seq":1,"room":"lobby"}\n',
    stderr: "",
  });
  await joined.waitFor(/^\[bob\] --help$/m);
});

Deno.test("chat send --lines sends 10,000 lines, complete and in order", async () => {
  await using server = await startServer(["--quiet"]);
  const { code, stderr } = await runScript("seq 1 10000 | chat_send --name bob --lines", {
    CHAT_SERVER: server.address,
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(
    await messages(server.address),
    Array.from({ length: 10_000 }, (_, i) => `${i + 1}`),
  );
});

Deno.test("SendWindow keeps at most 500 lines or 8 MiB unanswered, and sends everything", async () => {
  for (const [length, bound] of [[1, 500], [2 ** 20, 8]] as const) {
    const count = 2 * bound;
    const unanswered: (() => void)[] = [];
    const window = new SendWindow({
      say: () => new Promise((resolve) => unanswered.push(() => resolve(undefined))),
      report: () => {},
    });
    const said = window.sayAll(linesOf(length, count));
    let most = 0;
    for (let answered = 0; answered < count; answered++) {
      await new Promise((resolve) => setTimeout(resolve)); // The window is now full.
      most = Math.max(most, unanswered.length);
      unanswered.shift()!();
    }
    await said;
    assertEquals([most, window.given, window.waiting], [bound, count, 0]);
  }
});

Deno.test("chat send --lines --json prints each position once the line is accepted, before the next", async () => {
  await using server = await startServer(["--quiet"]);
  await using sending = send(server.address, "--lines", "--json", "--room", "Dev");
  await sending.write("one\n");
  await sending.waitFor(/^\{"seq":1,"room":"Dev"\}$/m);
  await sending.write("\n  \ntwo\nthr");
  await sending.waitFor(/^\{"seq":2,"room":"Dev"\}$/m);
  await sending.end("ee");
  assertEquals((await sending.ended()).code, 0);
  assertEquals(sending.stdout, [1, 2, 3].map((seq) => `{"seq":${seq},"room":"Dev"}\n`).join(""));
});

Deno.test("chat send --lines --json sends every line, even when its output is closed", async () => {
  await using server = await startServer(["--quiet"]);
  const script = "seq 1 3000 | (chat_send --name bob --lines --json; echo $? >&2) | head -n 1";
  const { stdout, stderr } = await runScript(script, { CHAT_SERVER: server.address });
  assertEquals([stdout, stderr], ['{"seq":1,"room":"lobby"}\n', "0\n"]);
  assertEquals((await messages(server.address)).length, 3_000);
});

const NOTHING: [what: string, args: string[], stdin: string][] = [
  ["no input", [], ""],
  ["a newline", [], "\n"],
  ["an empty TEXT", [""], "not read"],
];

for (const [what, args, stdin] of NOTHING) {
  Deno.test(`chat send with ${what} reports that there is nothing to send, and exits 2`, async () => {
    const server = `127.0.0.1:${freePort()}`; // No server is contacted.
    assertEquals(await run("send", ["--server", server, "--name", "bob", ...args], { stdin }), {
      code: 2,
      stdout: "",
      stderr: "error: Nothing to send\n",
    });
  });
}

for (const [what, stdin] of [["no lines", ""], ["blank lines", "\n \n"]]) {
  Deno.test(`chat send --lines with ${what} sends nothing, and exits 0`, async () => {
    const args = ["--server", `127.0.0.1:${freePort()}`, "--name", "bob", "--lines"];
    const result = await run("send", args, { stdin: stdin! });
    assertEquals(result, { code: 0, stdout: "", stderr: "" });
  });
}

Deno.test("chat send refuses input that is not UTF-8, sends the lines before it, and exits 1", async () => {
  await using server = await startServer(["--quiet"]);
  const args = ["--server", server.address, "--name", "bob"];
  const stdin = Uint8Array.from([..."one\ntwo \xff\nthree\n"].map((char) => char.charCodeAt(0)));
  const whole = await run("send", args, { stdin });
  assertEquals([whole.code, whole.stderr], [
    1,
    "error: The input is not UTF-8 (byte 9): nothing from there on was sent\n",
  ]);
  assertEquals(await messages(server.address), []);
  const lines = await run("send", [...args, "--lines"], { stdin });
  assertEquals([lines.code, lines.stderr], [
    1,
    "error: Line 2 is not UTF-8 (byte 5): nothing from there on was sent\n",
  ]);
  assertEquals(await messages(server.address), ["one"]);
});

Deno.test("chat send reports refused lines, sends the others, and exits 5", async () => {
  await using server = await startServer(["--quiet", "--max-note-bytes", "10"]);
  const args = ["--server", server.address, "--name", "bob"];
  await using bob = new Person();
  const note = await run("send", [...args, "x".repeat(11)], { env: bob.env });
  const reason = "Note has 11 bytes: at most 10 are allowed";
  assertEquals([note.code, note.stderr], [5, `error: The note was not sent: ${reason}\n`]);
  const stdin = `a\n${"x".repeat(11)}\n\nb\n`;
  const lines = await run("send", [...args, "--lines"], { stdin, env: bob.env });
  assertEquals([lines.code, lines.stderr], [5, `error: Line 2 was not sent: ${reason}\n`]);
  assertEquals(await messages(server.address), ["a", "b"]);
});

Deno.test("chat send refuses an invalid note without reading on, and exits 5", async () => {
  await using server = await startServer(["--quiet"]);
  const script = "yes | chat_send --name bob"; // Endless.
  const { code, stderr } = await runScript(script, { CHAT_SERVER: server.address });
  const reason = "Note has more than 1,048,576 bytes: no server accepts that";
  assertEquals([code, stderr], [5, `error: The note was not sent: ${reason}\n`]);
});

Deno.test("chat send names an unreachable server, and exits 3", async () => {
  const address = `127.0.0.1:${freePort()}`;
  const args = ["--server", address, "--name", "bob", "--timeout", "3", "hi"];
  const { code, stdout, stderr } = await run("send", args);
  assertEquals([code, stdout], [3, ""]);
  assertEquals(
    stderr,
    `error: Cannot reach "${address}": nothing listens there (tried for 3 s)\n`,
  );
});

Deno.test("chat send names a server that never answers, and exits 3", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  proxy.pause();
  const args = ["--server", proxy.address, "--name", "bob", "--timeout", "0.5", "hi"];
  const { code, stderr } = await run("send", args);
  assertEquals(code, 3);
  assertEquals(stderr, `error: Cannot reach "${proxy.address}": no answer (tried for 0.5 s)\n`);
});

Deno.test("chat send reports why a server refuses it, and exits 4", async () => {
  await using server = await startServer(["--quiet", "--max-rooms", "1"]);
  await using _joined = start("join", ["--server", server.address, "--name", "ann"]);
  const first = ["--name", "cat", "--room", "first", "besides the lobby"];
  await run("send", ["--server", server.address, ...first]);
  const args = ["--server", server.address, "--name", "bob", "--room", "second", "hi"];
  const { code, stderr } = await run("send", args);
  assertEquals(code, 4);
  assertMatch(
    stderr,
    /^error: Cannot join ".*": Cannot create room "second": there are 1 already\n$/,
  );
});

Deno.test("chat send exits 6 when its note is not accepted by the deadline", async () => {
  using server = await FakeServer.accepting(0);
  const args = ["--server", server.address, "--name", "bob", "--timeout", "0.5", "hi"];
  assertEquals(await run("send", args), {
    code: 6,
    stdout: "",
    stderr: "error: Tried for 0.5 s: the server has not accepted the note\n",
  });
});

Deno.test("chat send --lines exits 6 when a line is not accepted by the deadline, and counts", async () => {
  using server = await FakeServer.accepting(1);
  await using sending = send(server.address, "--lines", "--json", "--timeout", "3");
  await sending.write("one\n");
  await sending.waitFor(/"seq":1/);
  await sending.write("two\nthree\n"); // And the input stays open.
  assertEquals((await sending.ended()).code, 6);
  assertEquals(sending.stdout, '{"seq":1,"room":"lobby"}\n');
  assertEquals(sending.stderr, "error: Tried for 3 s: the server has not accepted 2 of 3 lines\n");
});

Deno.test("chat send --lines continues after a cut connection, and repeats nothing", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  await using sending = send(proxy.address, "--lines", "--json", "--timeout", "30");
  await sending.write("one\n");
  await sending.waitFor(/"seq":1/);
  proxy.cut();
  await sending.end("two\nthree\n");
  assertEquals((await sending.ended()).code, 0);
  assertEquals(sending.stderr, "");
  assertEquals(await messages(server.address), ["one", "two", "three"]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`chat send reports on ${signal} how far it has come, and exits 1`, async () => {
    await using server = await startServer(["--quiet"]);
    await using proxy = new Proxy(server.address);
    await using sending = send(proxy.address, "--lines", "--json");
    await sending.write("one\n");
    await sending.waitFor(/"seq":1/);
    sending.kill(signal);
    assertEquals((await sending.ended()).code, 1);
    assertEquals(sending.stderr, "error: Stopped: the server has accepted 1 line\n");
  });
}

Deno.test("chat send --lines says so when it is stopped before the first line", async () => {
  await using server = await startServer(["--quiet"]);
  await using sending = send(server.address, "--lines");
  await sending.write("\n".repeat(200_000)); // More than a pipe keeps: it has begun to read.
  sending.kill("SIGINT");
  assertEquals((await sending.ended()).code, 1);
  assertEquals(sending.stderr, "error: Stopped before the first line\n");
});

Deno.test("chat send waits for no answer when it is stopped", async () => {
  using server = await FakeServer.accepting(0);
  await using sending = send(server.address, "--lines", "--timeout", "600");
  await sending.write("one\n");
  await server.posted;
  sending.kill("SIGINT");
  assertEquals((await sending.ended()).code, 1);
  assertEquals(sending.stderr, "error: Stopped: the server has not accepted 1 of 1 lines\n");
});

Deno.test("chat send works with the original contract, which has no positions", async () => {
  using server = await FakeServer.original([]);
  const args = ["--server", server.address, "--name", "bob", "--json", "hi"];
  assertEquals(await run("send", args), {
    code: 0,
    stdout: '{"seq":null,"room":"lobby"}\n',
    stderr: "",
  });
});
