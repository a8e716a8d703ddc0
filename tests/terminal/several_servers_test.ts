import { assertEquals } from "@std/assert";
import { commandLine, freePort, startServer } from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";

const SIZE = { columns: 100, rows: 20 };
const hasTerminal = await hasTmux();

/** A test that needs a terminal. */
function testOnTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasTerminal, fn });
}

/** The words that join a list of servers with a configuration in a folder. */
function joinLine(folder: string, servers: readonly string[], ...flags: string[]): string {
  const args = ["--server", servers.join(","), "--name", "bob", "--time=off", ...flags];
  return `XDG_CONFIG_HOME=${quote([folder])} XDG_STATE_HOME=${quote([folder])} ` +
    quote(commandLine("join", args));
}

testOnTerminal(
  "chat join goes on at another server, in two lines, and sends what was typed",
  async () => {
    await using folder = await temporaryFolder();
    const fail = ({ message }: Error) => assertEquals(message, "");
    await using one = new RestartableServer(`${folder.path}/chat.db`, fail);
    await using two = new RestartableServer(`${folder.path}/chat.db`, fail);
    await one.start();
    const line = joinLine(folder.path, [one.address, two.address]);
    await using terminal = await Terminal.start(line, SIZE);
    await terminal.waitFor(/^── lobby: bob ──$/m);
    await terminal.type("first");
    await terminal.press("Enter");
    await terminal.waitFor(/^\[bob\] first$/m);
    await one.stop();
    await terminal.waitFor(/^-- connection lost/m);
    await terminal.type("second");
    await terminal.press("Enter");
    await two.start();
    await terminal.waitFor(/^\[bob\] second$/m);
    assertEquals(
      await terminal.history(),
      "── lobby: bob ──\n[bob] first\n" +
        `-- connection lost (The server is stopping), trying "${two.address}" --\n` +
        "-- to be sent: second --\n" +
        `-- back (now at "${two.address}") --\n[bob] second\n>`,
    );
  },
);

testOnTerminal("chat join asks once whether to trust several servers", async () => {
  await using folder = await temporaryFolder();
  await using server = await startServer(["--quiet", "--tls"]);
  const away = `127.0.0.1:${freePort()}`;
  const line = joinLine(folder.path, [away, server.address], "--tls");
  await using terminal = await Terminal.start(line, SIZE);
  await terminal.waitFor(/^Did the server print this fingerprint\? Type yes/m);
  await terminal.send("yes\r");
  await terminal.waitFor(/^── lobby: bob ──$/m);
  const known = await Deno.readTextFile(`${folder.path}/chat/known_servers`);
  assertEquals(known.match(/^127\S+/gm), [away, server.address]);
});
