import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EventLog } from "../../cli/commands/serve/event_log.ts";
import { LossyOutput } from "../../cli/framework/lossy_output.ts";
import { OutputError } from "../../cli/framework/output.ts";
import {
  type Command,
  commandLine,
  Person,
  Process,
  run,
  start,
  startServer,
} from "../support/program.ts";
import { quote } from "../support/terminal.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const LINUX = Deno.build.os === "linux";

/** A file on a disk with this much space, in bytes. */
class Disk {
  text = "";
  room = Infinity;

  readonly write = async (text: string): Promise<void> => {
    const bytes = new TextEncoder().encode(text);
    const written = Math.min(bytes.length, this.room);
    this.room -= written;
    this.text += new TextDecoder().decode(bytes.subarray(0, written));
    if (written < bytes.length) throw new OutputError("no space left", { written });
    await Promise.resolve();
  };
}

const CUTS: [what: string, room: number, text: string][] = [
  ["nothing of it", 0, "one\n(up to 3 lines could not be written here)\nfive\n"],
  ["a part of a line", 2, "one\ntw\n(up to 3 lines could not be written here)\nfive\n"],
  ["a whole line", 4, "one\ntwo\n(up to 2 lines could not be written here)\nfive\n"],
  ["a line without its end", 3, "one\ntwo\n(up to 2 lines could not be written here)\nfive\n"],
];

for (const [what, room, text] of CUTS) {
  Deno.test(`LossyOutput reports how many lines are missing where ${what} had room`, async () => {
    const disk = new Disk();
    const heard: string[] = [];
    const output = new LossyOutput({
      write: disk.write,
      onLoss: ({ message }) => heard.push(message),
      onRecovery: (lines) => heard.push(`${lines}`),
    });
    await output.print("one\n");
    disk.room = room;
    await output.print("two\nthree\n");
    await output.print("four\n");
    disk.room = Infinity;
    await output.print("five\n");
    assertEquals(disk.text, text);
    const lines = /\d/.exec(text)![0];
    assertEquals(heard, ["Cannot write the output: no space left", lines]);
  });
}

Deno.test("LossyOutput keeps counting if its notice had no room, or was written alone", async () => {
  const disk = new Disk();
  const output = new LossyOutput({ write: disk.write, notice: (lines) => `-${lines}-\n` });
  disk.room = 0;
  await output.print("1\n2\n");
  disk.room = 1;
  await output.print("3\n");
  disk.room = 5;
  await output.print("4\n");
  disk.room = Infinity;
  await output.print("5\n");
  assertEquals(disk.text, "-\n-3-\n-1-\n5\n");
});

Deno.test("LossyOutput reports that its reader is gone", async () => {
  const closed = new OutputError("gone", { cause: new Deno.errors.BrokenPipe() });
  const output = new LossyOutput({ write: () => Promise.reject(closed) });
  assertEquals(await assertRejects(() => output.print("one\n"), OutputError), closed);
});

Deno.test("EventLog resumes when there is room again, and reports how many lines are missing", async () => {
  const disk = new Disk();
  const log = new EventLog({
    ...{ format: "text", level: "info", now: () => new Date(0) },
    write: disk.write,
  });
  disk.room = 10;
  for (const event of ["one", "two"]) log.add("info", event);
  await log.flush();
  disk.room = Infinity;
  log.add("info", "three");
  await log.flush();
  const at = "1970-01-01T00:00:00Z";
  const reason = "these lines of it could not be written";
  assertEquals(
    disk.text,
    `${at.slice(0, 10)}\n${at} warn log reason="${reason}" lines=2\n${at} info three\n`,
  );
});

/** Runs a command with its standard output on a device that is always full. */
async function runOnFull(command: Command, args: string[], { stdin = "", ...person }) {
  const script = `${quote(commandLine(command, args))} >/dev/full`;
  await using process = new Process("sh", ["-c", script], person);
  await process.end(stdin).catch(() => {});
  const { code } = await process.ended();
  return [code, process.stderr.trim().split("\n").at(-1)];
}

Deno.test({
  name: "a command whose output is full reports it, and exits 1",
  ignore: !LINUX,
  fn: async (t) => {
    const folder = await Deno.makeTempDir();
    await using ann = new Person();
    const data = `${folder}/chat.db`;
    {
      const { stdout } = await run("whoami", ["--json"], ann);
      await Deno.writeTextFile(`${folder}/operators`, JSON.parse(stdout).fingerprint);
      const args = ["--data", data, "--operators", `${folder}/operators`];
      await using server = await startServer(args);
      const at = ["--server", server.address];
      await run("send", [...at, "--name", "ann", "first"], ann);
      const commands: [Command, string[]][] = [
        ["tail", [...at, "--until-now"]],
        ["tail", [...at, "--json"]],
        ["send", [...at, "--name", "ann", "--json", "second"]],
        ["stats", at],
        ["health", at],
        ["backup", [`${folder}/copy.db`, ...at]],
        ["whoami", []],
        ["completions", ["fish"]],
        ["serve", ["--help"]],
        ["join", [...at, "--name", "ann", "--last", "9"]],
      ];
      for (const [command, args] of commands) {
        await t.step([command, ...args].join(" "), async () => {
          const [code, line] = await runOnFull(command, args, { ...ann, stdin: "third\n" });
          assertEquals(code, 1);
          assertMatch(
            line as string,
            /^(error: )?Cannot write the output: the disk is full$/,
          );
        });
      }
      using peer = new Peer(server.address);
      const said = (await peer.read(3)).map(({ message }) => message);
      assertEquals(said, ["first", "second", "third"]); // The input was sent.
    }
    for (const args of [["--json"], []]) {
      const [code] = await runOnFull("export", ["--data", data, ...args], ann);
      assertEquals(code, 1);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "chat serve serves although its output is full or closed from the start",
  ignore: !LINUX,
  fn: async () => {
    for (const to of [">/dev/full", "| exit"]) {
      const words = commandLine("serve", ["--port", "0", "--data", ":memory:"]);
      await using server = new Process("sh", ["-c", `${quote(words)} ${to}`]);
      const [, address = ""] = await server.waitFor(/ start address=(\S+) /, "stderr");
      using peer = new Peer(address);
      await peer.send({ name: "ann", message: "kept" });
      assertEquals((await peer.read(1)).length, 1);
      const [, pid] = /pid=(\d+)/.exec(server.stderr)!;
      Deno.kill(Number(pid), "SIGTERM");
      await server.ended();
      assertMatch(server.stderr, / stop\n/);
    }
  },
});

const hasPrlimit = LINUX && await new Deno.Command("prlimit", { args: ["-V"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "chat serve resumes printing when there is room again, and reports how much is missing",
  ignore: !hasPrlimit,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const limited = [
      ...["prlimit", "--fsize=1000:unlimited", "sh", "-c"],
      'trap "" XFSZ; exec "$@" >"$0"',
      `${folder}/out`,
    ];
    const args = ["--port", "0", "--data", ":memory:", "--rate", "0"];
    await using server = start("serve", args, { through: limited });
    const [, address = ""] = await server.waitFor(/ start address=(\S+) /, "stderr");
    using peer = new Peer(address);
    for (let i = 0; i < 50; i++) {
      await peer.send({ name: "ann", message: `note ${i} ${"x".repeat(30)}` });
    }
    await server.waitFor(/ error output error=/, "stderr");
    await new Deno.Command("prlimit", {
      args: ["--pid", `${server.pid}`, "--fsize=unlimited:unlimited"],
    }).output();
    await peer.send({ name: "ann", message: "there is room" });
    const [, lost] = await server.waitFor(
      / info output reason="notes are printed again" lost=(\d+)\n/,
      "stderr",
    );
    const lines = (await Deno.readTextFile(`${folder}/out`)).split("\n");
    const printed = lines.filter((line) => /^\[~ann\] note \d+ x{30}$/.test(line));
    assert(printed.length > 5, lines.join("\n"));
    // The line at the limit may still arrive later.
    assert([0, 1].includes(Number(lost) - (50 - printed.length)), lines.join("\n"));
    assertEquals(lines.slice(-3), [
      `(up to ${lost} lines could not be written here)`,
      "[~ann] there is room",
      "",
    ]);
    server.kill("SIGTERM");
    assertEquals((await server.ended()).code, 0);
    await Deno.remove(folder, { recursive: true });
  },
});
