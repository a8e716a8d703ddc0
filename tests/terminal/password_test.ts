import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  type Command,
  commandLine,
  DENO_RUN,
  freePort,
  Person,
  run,
  startServer,
} from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { Proxy } from "../support/wire/proxy.ts";

const PASSWORD = "a long secret, with ünïcode";
const SIZE = { columns: 100, rows: 20 };
const hasTerminal = await hasTmux();

/** A server with the password `password`. */
async function gatedServer(person: Person, password: string, args: string[] = []) {
  const file = `${person.folder}/password`;
  await Deno.writeTextFile(file, `${password}\n`);
  return await startServer(["--quiet", "--password-file", file, ...args]);
}

/** Runs the program in a terminal, and compares the terminal's settings before and after. */
function terminalOf(command: Command, args: string[], run = DENO_RUN): Promise<Terminal> {
  const chat = quote(commandLine(command, args, run));
  const script = `trap : INT QUIT; before=$(stty -a); ${chat}; code=$?
    [ "$before" = "$(stty -a)" ] && echo "exit $code, restored" || echo "exit $code, not restored"`;
  return Terminal.start(script, SIZE);
}

/** A test that needs a terminal. */
function testOnTerminal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !hasTerminal, fn });
}

testOnTerminal("chat join asks for the password on a terminal, and does not show it", async () => {
  await using owner = new Person();
  await using server = await gatedServer(owner, PASSWORD);
  await using terminal = await terminalOf("join", ["--server", server.address, "--name", "bob"]);
  await terminal.waitFor(/^Password:$/m);
  await terminal.type("wrong");
  await terminal.press("Enter");
  await terminal.waitFor(/^Wrong password. Password:$/m);
  await terminal.type(`${PASSWORD}x`);
  await terminal.press("BSpace", "Enter");
  await terminal.waitFor(/^── lobby: bob ──$/m);
  await terminal.type("hello");
  await terminal.press("Enter");
  await terminal.waitFor(/^\d\d:\d\d \[bob\] hello$/m);
  const shown = (await terminal.history()).replace(/\d\d:\d\d /, "");
  const asked = "Password:\nWrong password. Password:\n";
  assertEquals(shown, `${asked}── lobby: bob ──\n[bob] hello\n>`);
});

testOnTerminal(
  "chat join takes an answer that is typed as soon as the prompt is seen",
  async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    const slow = fileURLToPath(new URL("../support/slow_prompt.ts", import.meta.url));
    const args = ["--server", server.address, "--name", "bob"];
    await using terminal = await terminalOf("join", args, [...DENO_RUN, `--preload=${slow}`]);
    await terminal.waitFor(/^Password:$/m);
    await terminal.send(`${PASSWORD}\r`);
    await terminal.waitFor(/^── lobby: bob ──$/m);
  },
);

testOnTerminal(
  "chat join treats no key as a note that was typed when it might be the password",
  async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    await using proxy = new Proxy(server.address);
    proxy.pause();
    await using terminal = await terminalOf("join", ["--server", proxy.address, "--name", "bob"]);
    await terminal.waitForMode(/-echo\b/);
    await terminal.send("the first note\r"); // Before the prompt: this does not answer it.
    await terminal.type("the sec");
    proxy.resume();
    await terminal.waitFor(/^Password:$/m);
    proxy.pause();
    await terminal.type(PASSWORD);
    await terminal.press("Enter");
    await terminal.waitForCursor(({ row }) => assert(row > 0));
    await terminal.send(`${PASSWORD}\r`); // Once more, as users do when nothing seems to happen.
    proxy.resume();
    await terminal.waitFor(/^── lobby: bob ──$/m);
    await terminal.type("hello");
    await terminal.press("Enter");
    await terminal.waitFor(/\[bob\] hello$/m);
    const shown = (await terminal.history()).replace(/\d\d:\d\d /, "");
    assertEquals(shown, "Password:\n── lobby: bob ──\n[bob] hello\n>");
  },
);

testOnTerminal(
  "chat join keeps input typed before it has connected, if no password is required",
  async () => {
    await using server = await startServer(["--quiet"]);
    await using proxy = new Proxy(server.address);
    proxy.pause();
    await using terminal = await terminalOf("join", ["--server", proxy.address, "--name", "bob"]);
    await terminal.waitForMode(/-echo\b/);
    await terminal.type("early");
    proxy.resume();
    await terminal.waitFor(/^── lobby: bob ──\n> early$/m);
  },
);

const STOPPED = [
  ["join", ["--name", "bob"], "exit 130, restored"],
  ["tail", [], "exit 0, restored"],
  [
    "send",
    ["--name", "bob", "hi"],
    "error: Stopped: the server has not accepted the note\nexit 1, restored",
  ],
] as const;

for (const key of ["C-c", "C-\\"]) {
  for (const [command, args, words] of STOPPED) {
    testOnTerminal(
      `chat ${command} is stopped by ${key} at the password prompt as anywhere else`,
      async () => {
        await using owner = new Person();
        await using server = await gatedServer(owner, PASSWORD);
        await using terminal = await terminalOf(command, ["--server", server.address, ...args]);
        await terminal.waitFor(/^Password:$/m);
        await terminal.type("half of");
        await terminal.press(key);
        await terminal.waitFor(/^exit/m);
        assertEquals(await terminal.screen(), `Password:\n${words}`);
      },
    );
  }
}

/**
 * A script and the actions in its terminal. A shell that exits with the terminal passes SIGHUP on.
 */
const ENDS = [
  ["a hang-up", (script) => `(${script})`, (terminal) => terminal.hangUp()],
  ["a closed terminal", (script) => script, (terminal) => terminal.hangUp()],
  ["SIGTERM", (script) => script, (terminal) => terminal.signal("TERM", "--server")],
] satisfies [
  how: string,
  run: (script: string) => string,
  end: (terminal: Terminal) => Promise<void>,
][];

for (const [how, run, end] of ENDS) {
  for (
    const [command, args, code, reported] of [
      ["join", ["--name", "bob"], 130, ""],
      ["tail", [], 0, ""],
      [
        "send",
        ["--name", "bob", "hi"],
        1,
        "error: Stopped: the server has not accepted the note\n",
      ],
    ] as const
  ) {
    testOnTerminal(`chat ${command} is stopped by ${how} at the password prompt`, async () => {
      await using owner = new Person();
      await using server = await gatedServer(owner, PASSWORD);
      const chat = quote(commandLine(command, ["--server", server.address, ...args]));
      const [log, exit] = [`${owner.folder}/log`, `${owner.folder}/exit`];
      const script = `trap "" HUP; ${chat} 2> ${quote([log])}; echo $? > ${quote([exit])}`;
      await using terminal = await Terminal.start(run(script), SIZE);
      await terminal.waitFor(/^Password:$/m);
      await end(terminal);
      await terminal.ended();
      const written = [await Deno.readTextFile(exit), await Deno.readTextFile(log)];
      assertEquals(written, [`${code}\n`, reported]);
    });
  }
}

for (
  const [keys, sequence] of [
    ["arrow keys", "\x1b[D\x1b[C"],
    ["arrow keys in application mode", "\x1bOD\x1bOC"],
    ["keys with modifiers", "\x1b[1;10D\x1b[97;133u\x1b[15;2~"],
    ["the marks of a paste", "\x1b[200~\x1b[201~"],
    ["the mouse", "\x1b[<0;12;5M\x1b[<0;12;5m\x1b[M ab\x1b[32;12;5M"],
    ["answers", "\x1b[?62;4c\x1b[24;80R\x1b[?2026;2$y\x1b]11;rgb:0000/0000/0000\x07\x9b0n"],
    ["strings", "\x1bP>|tmux\x1b\\\x1b_Gi=1;OK\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\"],
    ["keys of other protocols", "\x1b[27;5;9~\x1b[57441;2u\x1b[97;1:3u\x1b[I\x1b[O"],
  ] as const
) {
  testOnTerminal(`chat join treats no part of ${keys} as the password`, async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    await using terminal = await terminalOf("join", ["--server", server.address, "--name", "bob"]);
    await terminal.waitFor(/^Password:$/m);
    await terminal.send([...PASSWORD].join(sequence));
    await terminal.press("Enter");
    await terminal.waitFor(/^── lobby: bob ──$/m);
  });
}

testOnTerminal(
  "chat join treats no part of a key that arrives in two reads as the password",
  async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    await using terminal = await terminalOf("join", ["--server", server.address, "--name", "bob"]);
    await terminal.waitFor(/^Password:$/m);
    await terminal.send("wrong\r\x1b[1;");
    await terminal.waitFor(/^Wrong password. Password:$/m);
    await terminal.send(`5D${PASSWORD}\r`);
    await terminal.waitFor(/^── lobby: bob ──$/m);
  },
);

for (
  const [command, args, elsewhere, shown] of [
    ["join", ["--name", "bob"], "2>", /^── lobby: bob ──$/m],
    ["tail", ["--until-now"], "2>", /^exit 0$/m],
    ["tail", ["--until-now"], ">", /^exit 0$/m],
    ["send", ["hi", "--name", "bob"], "2>", /^exit 0$/m],
    ["send", ["hi", "--name", "bob"], ">", /^exit 0$/m],
  ] as const
) {
  testOnTerminal(`chat ${command} ${elsewhere} FILE asks on the terminal`, async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    const chat = quote(commandLine(command, ["--server", server.address, ...args]));
    const file = quote([`${owner.folder}/file`]);
    await using terminal = await Terminal.start(
      `${chat} ${elsewhere} ${file}; echo "exit $?"`,
      SIZE,
    );
    await terminal.waitFor(/^Password:$/m);
    await terminal.send(`${PASSWORD}\r`);
    await terminal.waitFor(shown);
    assertEquals(await Deno.readTextFile(`${owner.folder}/file`), "");
  });
}

testOnTerminal("chat join 2> FILE asks on the terminal whether to trust a server", async () => {
  await using server = await startServer(["--quiet", "--tls"]);
  const chat = quote(commandLine("join", ["--server", server.address, "--tls", "--name", "bob"]));
  await using terminal = await Terminal.start(`${chat} 2> /dev/null`, SIZE);
  await terminal.waitFor(/^Did the server print this fingerprint\? Type yes/m);
  await terminal.send("maybe\r");
  await terminal.waitFor(/^Type yes or no:$/m);
  await terminal.send("\x1b]11;rgb:0000/0000/0000\x1b\\y\x1b[?62;4ces\r"); // Terminal replies, too.
  await terminal.waitFor(/^── lobby: bob ──$/m);
});

testOnTerminal(
  "chat join breaks the question whether to trust a server between words",
  async () => {
    await using server = await startServer(["--quiet", "--tls"]);
    const chat = quote(commandLine("join", ["--server", server.address, "--tls", "--name", "bob"]));
    await using terminal = await Terminal.start(chat, { columns: 50, rows: 20 });
    await terminal.waitFor(
      /^Did the server print this fingerprint\? Type yes to\n {4}trust it from now on, or no:$/m,
    );
  },
);

testOnTerminal("chat join works normally after the password", async () => {
  await using owner = new Person();
  await using server = await gatedServer(owner, PASSWORD);
  const shell = "exec env PS1='$ ' HISTFILE= bash --norc --noprofile -i";
  await using terminal = await Terminal.start(shell, SIZE);
  const script = `${owner.folder}/script`;
  const join = commandLine("join", ["--server", server.address, "--name", "bob", "--time=off"]);
  await Deno.writeTextFile(script, `clear\n${quote(join)}\necho "left $?"\n`);
  await terminal.send(`sh ${quote([script])}\r`);
  await terminal.waitFor(/^Password:$/m);
  await terminal.send(`${PASSWORD}\r`);
  await terminal.waitFor(/^── lobby: bob ──$/m);
  await terminal.type("a line that wrps");
  await terminal.press("Left", "Left");
  await terminal.type("a");
  await terminal.waitFor(/^> a line that wraps$/m);
  await terminal.resize({ columns: 12, rows: 20 });
  await terminal.waitFor(/^> a line tha\nt wraps$/m);
  await terminal.resize(SIZE);
  await terminal.waitFor(/^> a line that wraps$/m);
  await terminal.press("C-z");
  await terminal.waitFor(/Stopped/);
  await terminal.send("fg\r");
  await terminal.waitFor(/^\$ fg\n[^]*^> a line that wraps$/m);
  await terminal.paste("one\ntwo");
  await terminal.waitFor(/^> a line that wra⟦2 lines⟧ps$/m);
  await terminal.press("C-c", "C-d");
  await terminal.waitFor(/^left 0$/m);
});

testOnTerminal("chat send leaves the terminal alone when it runs in the background", async () => {
  await using server = await startServer(["--quiet"]);
  const send = quote(commandLine("send", ["--server", server.address, "--name", "bob", "hi"]));
  const script = `set -m; ${send} & wait $!; echo "exit $?"`;
  await using terminal = await Terminal.start(script, SIZE);
  await terminal.waitFor(/^exit 0$/m);
});

testOnTerminal(
  "chat join reconnects with the typed password, as long as that is right",
  async () => {
    await using owner = new Person();
    const port = ["--port", `${freePort()}`];
    await using first = await gatedServer(owner, PASSWORD, port);
    await using terminal = await terminalOf("join", ["--server", first.address, "--name", "bob"]);
    await terminal.waitFor(/^Password:$/m);
    await terminal.send(`${PASSWORD}\r`);
    await terminal.waitFor(/^── lobby: bob ──$/m);
    first.kill("SIGTERM");
    await first.ended();
    await using second = await gatedServer(owner, PASSWORD, port);
    await terminal.waitFor(/^-- back/m);
    await terminal.type("half a line");
    second.kill("SIGTERM");
    await second.ended();
    await using _other = await gatedServer(owner, "another one", port);
    await terminal.waitFor(/^error: Disconnected from ".*": Wrong password$/m);
    await terminal.waitFor(/^exit 4, restored$/m);
  },
);

Deno.test("chat serve says with the join line that a password is needed", async () => {
  await using owner = new Person();
  await using server = await gatedServer(owner, PASSWORD);
  const asks = "requires its password: join asks for it (or --password-file FILE)";
  await server.waitFor(/^join with: .*$/m);
  const lines = server.stdout.split("\n");
  assertEquals(lines[lines.findIndex((line) => line.startsWith("join with: ")) - 1], asks);
});

for (
  const [command, args] of [["join", ["--name", "bob"]], ["tail", []], ["send", ["hi"]]] as const
) {
  Deno.test(`chat ${command} without a terminal says where a password may come from`, async () => {
    await using owner = new Person();
    await using server = await gatedServer(owner, PASSWORD);
    const { code, stderr } = await run(command, ["--server", server.address, ...args]);
    assertEquals(code, 4);
    const reason = "This server requires a password (--password-file)";
    assertEquals(stderr, `error: Cannot join "${server.address}": ${reason}\n`);
  });
}

for (
  const [command, args] of [["join", ["--name", "bob"]], ["tail", []], ["send", ["hi"]]] as const
) {
  testOnTerminal(`chat ${command} reads --password-file before it asks anything`, async () => {
    await using server = await startServer(["--quiet", "--tls"]);
    const file = ["--password-file", "/missing/password"];
    const trust = ["--server", server.address, "--tls", ...file];
    await using terminal = await terminalOf(command, [...trust, ...args]);
    await terminal.waitFor(/^exit 1, restored$/m);
    const screen = (await terminal.screen()).replaceAll("\n", " ");
    assertEquals(
      screen,
      'error: Cannot read the password in "/missing/password": there is no such file exit 1, restored',
    );
  });
}
