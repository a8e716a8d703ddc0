import { assertEquals, assertMatch } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { commandLine, Person, start, startServer } from "../support/program.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { Proxy } from "../support/wire/proxy.ts";

const missing = !(await hasTmux());
const why = missing ? " (ignored: there is no tmux here)" : "";

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${why}`, ignore: missing, fn });
}

/** Joins as bob in a terminal, as often as it ends before `times`. */
async function join(address: string, columns = 80, times = 1): Promise<Terminal> {
  const args = ["--server", address, "--name", "bob", "--time", "off", "--last", "9"];
  const command = quote(["env", "XDG_STATE_HOME=/nonexistent", ...commandLine("join", args)]);
  const script = Array.from({ length: times }, (_, i) => `${command}; echo "left ${i + 1}"`);
  const terminal = await Terminal.start(script.join("\n"), { columns, rows: 24 });
  await terminal.waitFor(/^── lobby: .* ──$/m);
  return terminal;
}

async function enter(terminal: Terminal, line: string): Promise<void> {
  await terminal.type(line);
  await terminal.press("Enter");
}

/** The rows of the screen, except those about joins and leaves. */
async function rowsOf(terminal: Terminal): Promise<string[]> {
  const rows = (await terminal.screen()).split("\n");
  return rows.filter((row) => !/^(── |-- \S+ (joined|left))/.test(row));
}

test("chat join counts no notes as new of ignored people, nor of the person elsewhere", async () => {
  await using server = await startServer(["--quiet"]);
  await using proxy = new Proxy(server.address);
  await using bob = new Person();
  const identity = await Identity.parse(await Deno.readTextFile(`${bob.folder}/chat/key`));
  const args = ["--server", proxy.address, "--name", "bob", "--time", "off", "--room", "lobby,dev"];
  const env = [`XDG_STATE_HOME=${bob.folder}`, `XDG_CONFIG_HOME=${bob.folder}`];
  const once = `${quote(["env", ...env, ...commandLine("join", args)])}; echo left`;
  await using elsewhere = joinLibraryChat("bob", server.address, { identity });
  await using ann = joinLibraryChat("ann", server.address);
  await using cy = joinLibraryChat("cy", server.address);
  await using annInDev = joinLibraryChat("ann", server.address, { room: "dev" });
  await using cyInDev = joinLibraryChat("cy", server.address, { room: "dev" });
  await using bobInDev = joinLibraryChat("bob", server.address, { room: "dev", identity });
  await cy.say("seen");
  const options = { columns: 80, rows: 24 };
  {
    await using terminal = await Terminal.start(once, options);
    await terminal.waitFor(/^\[~cy\] seen$/m);
    await enter(terminal, "/ignore ann");
    await terminal.waitFor(/you ignore ~ann/);
    await enter(terminal, "/quit");
    await terminal.waitFor(/^left$/m);
  }
  for (const chat of [elsewhere, ann, cy, ann, elsewhere, cy]) await chat.say("while away");
  await using terminal = await Terminal.start(once, options);
  await terminal.waitFor(
    /^\[~cy\] seen\n\[bob\] while away\n── 2 new since .* ──\n\[~cy\] while away\n\[bob\] while away\n\[~cy\] while away\n/m,
  );
  await terminal.waitFor(/^lobby>$/m);
  await cyInDev.until(({ happened }) => happened.includes("+bob"));
  for (const chat of [bobInDev, annInDev, cyInDev]) await chat.say("in dev");
  await terminal.waitFor(/^lobby> ·dev 1$/m);
  proxy.cut();
  await terminal.waitFor(/^-- connection lost/m);
  for (const chat of [elsewhere, ann, cy]) await chat.say("cut off");
  await terminal.waitFor(/^-- back, 1 note missed --\n\[bob\] cut off\n\[~cy\] cut off\nlobby> /m);
});

for (const columns of [80, 20]) {
  test(`/ignore hides a person at ${columns} columns, also after a restart`, async () => {
    await using server = await startServer(["--quiet"]);
    await using ann = joinLibraryChat("ann", server.address);
    await using cy = joinLibraryChat("cy", server.address);
    await using terminal = await join(server.address, columns, 2);
    await cy.until(({ happened }) => happened.includes("+bob"));
    await ann.say("first");
    await terminal.waitFor(/^\[~ann\] first$/m);
    await enter(terminal, "/ignore ann");
    await terminal.waitFor(/you ignore ~ann/);
    await terminal.press("C-l");
    await terminal.rang();
    await ann.say("bob, look");
    await ann.say("waves at bob", { kind: "action" });
    await ann.say("psst", { kind: "whisper", to: "bob" });
    await cy.say("one");
    await terminal.waitFor(/^\[~cy\] one$/m);
    assertEquals([await rowsOf(terminal), await terminal.rang()], [["[~cy] one", ">"], false]);
    await enter(terminal, "/ignore");
    await terminal.waitFor(/-- you ignore\s+~ann\s+--/);
    await terminal.press("C-d");
    await terminal.waitFor(/^left 1$/m);
    await cy.say("two");
    await terminal.waitFor(/left 1\n[^]*^\[~cy\] one\n[^]*\[~cy\] two\n>$/m);
    assertEquals((await terminal.screen()).includes("ann] "), false);
    await enter(terminal, "/unignore ann");
    await terminal.waitFor(/you no longer\s+ignore\s+~ann/);
    await enter(terminal, "/history");
    await terminal.waitFor(/^\[~ann\] first\n\[~ann\] bob, look\n\* ~ann waves at/m);
  });

  test(`/reply answers the last private note at ${columns} columns`, async () => {
    await using server = await startServer(["--quiet"]);
    await using ann = joinLibraryChat("ann", server.address);
    await using terminal = await join(server.address, columns);
    await enter(terminal, "/r nobody");
    await terminal.waitFor(/not sent: Nobody\s+has written to\s+you privately --\n> \/r nobody$/);
    await terminal.press("C-c");
    await ann.say("psst", { kind: "whisper", to: "bob" });
    await terminal.waitFor(/^\[~ann → you\] psst$/m);
    await enter(terminal, "/r yes");
    await terminal.waitFor(/^\[you → ~ann\] yes$/m);
    await ann.until(({ heard }) => heard.includes("→ann yes"));
    // Another ann must not get it.
    await ann[Symbol.asyncDispose]();
    await terminal.waitFor(/^-- ~ann left --$/m);
    await using other = joinLibraryChat("ann", server.address);
    await other.until(({ happened }) => happened.includes("connected"));
    await enter(terminal, "/reply secret");
    await terminal.waitFor(/not sent: ~ann\s+has left,[^]*> \/reply secret$/);
    await other.say("hello");
    await terminal.waitFor(/^\[~ann\] hello$/m);
    assertEquals(other.heard, ["hello"]);
  });

  test(`/query sends lines to one person at ${columns} columns`, async () => {
    await using server = await startServer(["--quiet"]);
    await using ann = joinLibraryChat("ann", server.address);
    await using cy = joinLibraryChat("cy", server.address);
    await cy.until(({ happened }) => happened.includes("connected"));
    await using terminal = await join(server.address, columns);
    // All in one write: the second line is private, and the fourth is not.
    await terminal.send("/query ann\rsecret\r//q\r");
    await terminal.waitFor(/^\[you → ~ann\] secret\n\[you → ~ann\] \/q\n@~ann>$/m);
    await enter(terminal, "/me waves");
    await terminal.waitFor(/not sent: An\s+action is for\s+everybody,[^]*@~ann> \/me waves$/);
    await terminal.press("C-c");
    await ann[Symbol.asyncDispose]();
    await terminal.waitFor(/^-- ~ann left --$/m);
    await enter(terminal, "more");
    await terminal.waitFor(/not sent: ~ann\s+has left,[^]*@~ann> more$/);
    await terminal.press("C-c");
    await enter(terminal, "/query");
    await terminal.waitFor(/with\s+everybody\s+here\s+again --\n>$/);
    await enter(terminal, "public");
    await terminal.waitFor(/^\[bob\] public\n>$/m);
    await cy.until(({ heard }) => heard.length > 0);
    assertEquals(cy.heard, ["public"]);
  });
}

test("/query follows the owner of a name, and stays in its room", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = new Person();
  const joining = ["--server", server.address, "--name", "ann"];
  await using joined = start("join", joining, { env: ann.env });
  await using terminal = await join(server.address);
  await terminal.waitFor(/ann/);
  await enter(terminal, "/query ann hi");
  await terminal.waitFor(/^\[you → ann\] hi\n@ann>$/m);
  await joined.waitFor(/^\[bob → ann\] hi$/m);
  await enter(terminal, "/join dev");
  await terminal.waitFor(/^── dev: bob ──\ndev>$/m);
  await enter(terminal, "hello");
  await terminal.waitFor(/^\[bob\] hello\ndev>$/m);
  await terminal.press("M-1");
  await terminal.waitFor(/^── lobby: .* ──\nlobby @ann>$/m);
  await enter(terminal, "more");
  await joined.waitFor(/^\[bob → ann\] more$/m);
  assertMatch(await terminal.screen(), /alone; \/query returns/);
});

test("/reply goes to nobody else who writes while it is typed", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using cy = joinLibraryChat("cy", server.address);
  await using terminal = await join(server.address, 110);
  await ann.say("psst", { kind: "whisper", to: "bob" });
  await terminal.waitFor(/^\[~ann → you\] psst$/m);
  await terminal.type("/r for an");
  await terminal.waitFor(/^> \/r for an$/m);
  await cy.say("hey", { kind: "whisper", to: "bob" });
  await terminal.waitFor(/^\[~cy → you\] hey$/m);
  await enter(terminal, "n only");
  const refusal = "-- not sent: ~cy wrote while you were answering ~ann: " +
    "Enter answers ~cy, /msg ~ann the other --";
  await terminal.waitFor(/the other --\n> \/r for ann only$/m);
  assertEquals((await rowsOf(terminal)).slice(-2), [refusal, "> /r for ann only"]);
  await terminal.press("Enter");
  await terminal.waitFor(/^\[you → ~cy\] for ann only$/m);
});

test("a list of ignored people that cannot be read is left alone", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  const path = `${bob.folder}/chat/ignored.json`;
  await Deno.writeTextFile(path, "[");
  const args = ["--server", server.address, "--name", "bob"];
  const command = ["env", `XDG_CONFIG_HOME=${bob.folder}`, ...commandLine("join", args)];
  await using terminal = await Terminal.start(quote(command), { columns: 150, rows: 9 });
  await terminal.waitFor(
    /^-- cannot look up the people that you ignore: Cannot read "\S+": it is not /m,
  );
  await enter(terminal, "/ignore ann");
  await terminal.waitFor(/^-- cannot keep the people that you ignore: Cannot read /m);
  await terminal.waitFor(/^-- you ignore ann: /m);
  assertEquals(await Deno.readTextFile(path), "[");
});
