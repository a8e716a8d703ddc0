import { assertEquals, assertMatch } from "@std/assert";
import {
  type Command,
  commandLine,
  DENO_RUN_AS_ON_WINDOWS,
  Person,
  Process,
  startServer,
} from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";

const PASSWORD = "a long secret";
const ignore = !(await hasTmux());

/** The words that run a command on a Deno that behaves as on Windows. */
const windowsCommandLine = (command: Command, args: readonly string[]) =>
  commandLine(command, args, DENO_RUN_AS_ON_WINDOWS);

/** Runs a command, and compares the terminal's settings before and after. */
function terminalOf(command: Command, args: readonly string[]): Promise<Terminal> {
  const script = `before=$(stty -a); ${quote(windowsCommandLine(command, args))}; code=$?
    [ "$before" = "$(stty -a)" ] && echo "exit $code, restored" || echo "exit $code, not restored"`;
  return Terminal.start(`trap : INT; ${script}`, { columns: 100, rows: 20 });
}

/** A server with a password. */
async function gatedServer({ folder }: Person) {
  await Deno.writeTextFile(`${folder}/password`, `${PASSWORD}\n`);
  return await startServer(["--quiet", "--password-file", `${folder}/password`]);
}

Deno.test({
  name: "on Windows, chat join asks for the password at a console without showing it, and chats",
  ignore,
  async fn() {
    await using owner = new Person();
    await using server = await gatedServer(owner);
    await using terminal = await terminalOf("join", ["--server", server.address, "--name", "bob"]);
    await terminal.waitFor(/^Password:$/m);
    await terminal.send(`wrong\r`);
    await terminal.waitFor(/^Wrong password. Password:$/m);
    await terminal.send(`${PASSWORD}\r`);
    await terminal.waitFor(/^── lobby: bob ──$/m);
    await terminal.send("hello\r");
    await terminal.waitFor(/^\d\d:\d\d \[bob\] hello$/m);
    const asked = "Password:\nWrong password. Password:\n";
    const shown = (await terminal.history()).replace(/\d\d:\d\d /, "");
    assertEquals(shown, `${asked}── lobby: bob ──\n[bob] hello\n>`);
    await terminal.press("C-d");
    await terminal.waitFor(/^exit 0, restored$/m);
  },
});

for (
  const [command, args, words] of [
    ["join", ["--name", "bob"], "exit 130, restored"],
    ["tail", [], "exit 0, restored"],
    ["stats", [], "exit 1, restored"],
    [
      "send",
      ["--name", "bob", "hi"],
      "error: Stopped: the server has not accepted the note\nexit 1, restored",
    ],
  ] as const
) {
  Deno.test({
    name: `on Windows, chat ${command} is stopped by Ctrl-C at the password prompt`,
    ignore,
    async fn() {
      await using owner = new Person();
      await using server = await gatedServer(owner);
      await using terminal = await terminalOf(command, ["--server", server.address, ...args]);
      await terminal.waitFor(/^Password:$/m);
      await terminal.type("half of");
      await terminal.press("C-c");
      await terminal.waitFor(/^exit/m);
      assertEquals(await terminal.screen(), `Password:\n${words}`);
    },
  });
}

for (const signal of ["SIGHUP", "SIGTERM", "SIGINT"] as const) {
  Deno.test({
    name: `on Windows, chat serve stops at ${signal}, also if it could read its lists again`,
    ignore: Deno.build.os === "windows", // Where no process can send a signal.
    async fn() {
      await using owner = new Person();
      await Deno.writeTextFile(`${owner.folder}/operators`, "");
      const lists = ["--operators", `${owner.folder}/operators`, "--log-level", "info"];
      const data = ["--port", "0", "--data", `${owner.folder}/chat.db`];
      const [deno = "", ...words] = windowsCommandLine("serve", [...data, ...lists]);
      await using server = new Process(deno, words);
      await server.waitFor(/^listening on /m);
      server.kill(signal);
      assertEquals((await server.ended()).code, 0);
      assertMatch(server.stderr, / info stop\n$/);
    },
  });
}
