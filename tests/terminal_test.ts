import { assertEquals } from "@std/assert";
import { CONFIG, freePort, permissionsOf, PROGRAM, startServer } from "./harness.ts";
import { Peer } from "./peer.ts";
import { hasTmux, quote, Terminal } from "./terminal.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** Joins `address` in a terminal, between two looks at the terminal's settings. */
function join(address: string): Promise<Terminal> {
  const run = [Deno.execPath(), "run", "-q", "-c", CONFIG, ...permissionsOf("join"), PROGRAM];
  const chat = quote([...run, "join", "--server", address, "--name", "bob"]);
  const script = `before=$(stty -g); ${chat}; code=$?
    [ "$before" = "$(stty -g)" ] && echo "exit $code, restored" || echo "exit $code, not restored"`;
  return Terminal.start(script, { columns: 40, rows: 12 });
}

Deno.test({
  name: `chat join shows notes above the line being typed, which stays as it is${why}`,
  ignore: missing,
  async fn() {
    await using server = await startServer(["--quiet"]);
    using peer = new Peer(server.address);
    await using terminal = await join(server.address);
    await terminal.waitFor(/^-- connected to lobby: bob --\n>$/);
    await terminal.type("half a line that is long enough to wrap 你好");
    await terminal.press("Left");
    await terminal.waitFor(/你好$/);
    for (const message of ["one", "two", "three"]) await peer.send({ name: "ann", message });
    await terminal.waitFor(/three/);
    assertEquals(
      (await terminal.screen()).split("\n").slice(1),
      [
        "[ann] one",
        "[ann] two",
        "[ann] three",
        "> half a line that is long enough to wra",
        "p 你好",
      ],
    );
    await terminal.type("!");
    await terminal.press("Enter");
    await terminal.waitFor(/\[bob\] half a line/);
    const said = (await peer.read(4)).at(-1);
    assertEquals(said, { name: "bob", message: "half a line that is long enough to wrap 你!好" });
  },
});

Deno.test({
  name: `chat join gives a refused text back to the input line, with the reason${why}`,
  ignore: missing,
  async fn() {
    await using server = await startServer(["--quiet", "--max-note-bytes", "5"]);
    await using terminal = await join(server.address);
    await terminal.waitFor(/connected/);
    await terminal.type("too long");
    await terminal.press("Enter");
    await terminal.waitFor(
      /-- not sent: Note has 8 bytes: at most 5\s+are allowed --\n> too long$/,
    );
  },
});

for (const key of ["C-d", "C-c"]) {
  Deno.test({
    name: `chat join leaves on ${key} with the terminal as it was${why}`,
    ignore: missing,
    async fn() {
      await using server = await startServer(["--quiet"]);
      await using terminal = await join(server.address);
      await terminal.waitFor(/connected/);
      await terminal.press(key);
      const [, end] = await terminal.waitFor(/^exit (.*)$/m);
      assertEquals(end, "0, restored");
    },
  });
}

Deno.test({
  name: `chat join says what it could not send when it is left, and exits 1${why}`,
  ignore: missing,
  async fn() {
    await using server = await startServer(["--quiet"]);
    await using terminal = await join(server.address);
    await terminal.waitFor(/connected/);
    server.kill("SIGKILL");
    await terminal.waitFor(/not connected/);
    await terminal.type("too late");
    await terminal.press("Enter");
    await terminal.waitFor(/too late\n(.*\n)*>/);
    await terminal.press("C-d");
    await terminal.waitFor(/^Not sent: too late\nexit 1, restored$/m);
  },
});

for (const signal of ["TERM", "HUP"]) {
  Deno.test({
    name: `chat join leaves on SIG${signal} with the terminal as it was${why}`,
    ignore: missing,
    async fn() {
      await using server = await startServer(["--quiet"]);
      await using terminal = await join(server.address);
      await terminal.waitFor(/connected/);
      await terminal.signal(signal, `--server ${server.address}`);
      await terminal.waitFor(/^exit 0, restored$/m);
    },
  });
}

Deno.test({
  name: `chat join puts the terminal back when the server was never there${why}`,
  ignore: missing,
  async fn() {
    await using terminal = await join(`127.0.0.1:${freePort()}`);
    await terminal.waitFor(/retrying/);
    await terminal.press("C-c");
    await terminal.waitFor(/^exit \d, restored$/m);
  },
});
