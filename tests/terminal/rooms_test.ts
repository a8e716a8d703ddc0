import { assert, assertEquals } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import { commandLine, Person, startServer } from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { hasTmux, quote, Terminal, type TerminalSize } from "../support/terminal.ts";

const ignore = !(await hasTmux());

/** A test that needs a terminal. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn });
}

/** The folder for the chats' state, instead of the home of the person who runs the tests. */
const STATE = Deno.makeTempDirSync();
globalThis.addEventListener("unload", () => Deno.removeSync(STATE, { recursive: true }));

/** Joins `address` as bob in a terminal, `times` times. */
function join(
  address: string,
  args: readonly string[],
  { columns = 80, rows = 24, times = 1 }: Partial<TerminalSize> & { readonly times?: number } = {},
): Promise<Terminal> {
  const bob = ["--server", address, "--name", "bob", "--time=off", "--no-color", ...args];
  const state = `XDG_STATE_HOME=${STATE}/${crypto.randomUUID()}`;
  const once = `${quote(["env", state, ...commandLine("join", bob)])}; echo "exit $?"`;
  return Terminal.start(Array(times).fill(once).join("\n"), { columns, rows });
}

async function enter(terminal: Terminal, text: string): Promise<void> {
  await terminal.type(text);
  await terminal.press("Enter");
}

/** The rows of everything that was shown, and of the input line. */
async function rowsOf(terminal: Terminal): Promise<string[]> {
  return (await terminal.history()).split("\n").map((row) => row.trimEnd());
}

/** The rows that are notes of ann, of a room. */
const notesIn = (rows: readonly string[], room: string): string[] =>
  rows.filter((row) => row.startsWith(`[~ann] ${room} `));

test("chat join opens rooms with /join, and Alt with a digit switches drafts and prompt", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address, { room: "dev" });
  await ann.until(({ happened }) => happened.includes("connected"));
  await using terminal = await join(server.address, []);
  await terminal.waitFor(/^── lobby: bob ──\n>$/m);
  await enter(terminal, "/join dev");
  await terminal.waitFor(/^── dev: ~ann, bob ──\ndev>$/m);
  await enter(terminal, "said in dev");
  await ann.until(({ heard }) => heard.includes("said in dev"));
  await terminal.waitFor(/^\[bob\] said in dev$/m);
  await terminal.type("half a line");
  await terminal.press("M-1");
  await terminal.waitFor(/^── lobby: bob ──\nlobby>$/m);
  await enter(terminal, "said in the lobby");
  await terminal.waitFor(/^\[bob\] said in the lobby\nlobby>$/m);
  await terminal.press("Up");
  await terminal.waitFor(/^lobby> said in the lobby$/m);
  await terminal.press("C-c", "M-2");
  await terminal.waitFor(/^── dev: ~ann, bob ──\ndev> half a line$/m);
  await terminal.press("C-u", "Up"); // The history is that of the room, too.
  await terminal.waitFor(/^dev> said in dev$/m);
  await terminal.press("C-c");
  await terminal.press("M-7"); // There is none.
  await enter(terminal, "/room lo");
  await terminal.waitFor(/^── lobby: bob ──\nlobby>$/m);
  await enter(terminal, "/join dev"); // It is open already.
  await terminal.waitFor(/^── dev: ~ann, bob ──\ndev>$/m);
  await enter(terminal, "/room nowhere");
  await terminal.waitFor(/^-- \/room: "nowhere" is not open/m);
  await enter(terminal, "/part");
  await terminal.waitFor(/^── lobby: bob ──\n-- you have left dev --\n>$/m);
  await ann.until(({ happened }) => happened.includes("-bob left"));
  await enter(terminal, "/part");
  await terminal.waitFor(/^-- \/part: lobby is your only room: \/quit leaves --$/m);
  await enter(terminal, "/quit");
  await terminal.waitFor(/^exit 0$/m);
  assertEquals(ann.heard, ["said in dev"]);
});

test("chat join marks what happens in other rooms, and shows it once on coming back", async () => {
  await using server = await startServer(["--quiet"]);
  await using dev = joinLibraryChat("ann", server.address, { room: "dev" });
  await using ops = joinLibraryChat("ann", server.address, { room: "ops" });
  await dev.say("dev 0");
  await ops.say("ops 0");
  await using terminal = await join(server.address, ["--room", "lobby,dev,ops"]);
  await terminal.waitFor(/^── lobby: bob ──\nlobby>$/m);
  await dev.until(({ happened }) => happened.includes("+bob"));
  await ops.until(({ happened }) => happened.includes("+bob"));
  await terminal.type("begun");
  for (const i of [1, 2]) await dev.say(`dev ${i}`);
  await terminal.waitFor(/^lobby> ·dev 2 begun$/m);
  assert(!await terminal.rang());
  await ops.say("ops 1 for bob");
  await terminal.waitFor(/^-- ops: ~ann mentions you --\nlobby> ·dev 2 ·ops @1 begun$/m);
  assert(await terminal.rang());
  await ops.say("ops 2 for bob");
  await terminal.waitFor(/·ops @2 begun$/m);
  await dev.say("dev 3 in private", { kind: "whisper", to: "bob" });
  await terminal.waitFor(/^-- dev: ~ann writes to you --\nlobby> ·dev @1 ·ops @2 begun$/m);
  await terminal.press("C-c");
  await enter(terminal, "/room");
  await terminal.waitFor(
    /^ {2}1 lobby \(you are here\)\n {2}2 dev: 3 new, 1 for you\n {2}3 ops: 2 new, 2 for you$/m,
  );
  await terminal.press("M-3");
  await terminal.waitFor(
    /^── ops: ~ann, bob ──\n\[~ann\] ops 0\n── 2 new since .* ──\n\[~ann\] ops 1 for bob\n\[~ann\] ops 2 for bob\nops> ·dev @1$/m,
  );
  await terminal.press("M-2");
  await terminal.waitFor(
    /^── dev: ~ann, bob ──\n\[~ann\] dev 0\n── 3 new since .* ──\n\[~ann\] dev 1\n\[~ann\] dev 2\n\[~ann → you\] dev 3 in private\ndev>$/m,
  );
  await terminal.press("M-3");
  await terminal.waitFor(/^── ops: ~ann, bob ──\nops>$/m); // Nothing is new.
  assertEquals((await rowsOf(terminal)).filter((row) => /mentions|writes/.test(row)).length, 2);
});

test("chat join marks all new notes of a room on its first view, as its mark counts them", async () => {
  await using server = await startServer(["--quiet"]);
  await using bob = new Person();
  const identity = await Identity.parse(await Deno.readTextFile(`${bob.folder}/chat/key`));
  await using elsewhere = joinLibraryChat("bob", server.address, { room: "zed", identity });
  await using ann = joinLibraryChat("ann", server.address, { room: "zed" });
  await ann.say("seen");
  const env = ["env", `XDG_STATE_HOME=${bob.folder}`, `XDG_CONFIG_HOME=${bob.folder}`];
  const visit = (room: string) => {
    const args = ["--server", server.address, "--name", "bob", "--time=off", "--room", room];
    return Terminal.start(`${quote([...env, ...commandLine("join", args)])}; echo "exit $?"`, {
      columns: 80,
      rows: 24,
    });
  };
  {
    await using terminal = await visit("zed");
    await terminal.waitFor(/^\[~ann\] seen\n>$/m);
    await enter(terminal, "/quit");
    await terminal.waitFor(/^exit 0$/m);
  }
  await ann.say("while away");
  await using terminal = await visit("lobby,zed");
  await terminal.waitFor(/^lobby> ·zed 1$/m);
  await ann.say("one");
  await elsewhere.say("said elsewhere");
  await ann.say("two");
  await terminal.waitFor(/^lobby> ·zed 3$/m);
  await terminal.press("M-2");
  await terminal.waitFor(
    /^\[~ann\] seen\n── 3 new since .* ──\n\[~ann\] while away\n\[~ann\] one\n\[bob\] said elsewhere\n\[~ann\] two\nzed>$/m,
  );
  await terminal.press("M-1");
  await terminal.waitFor(/^lobby>$/m);
  await enter(terminal, "/quit");
  await terminal.waitFor(/^exit 0$/m);
});

test("/ignore and /unignore reach notes in rooms that were not looked at yet", async () => {
  await using server = await startServer(["--quiet"]);
  await using cat = joinLibraryChat("cat", server.address, { room: "zed" });
  await using ann = joinLibraryChat("ann", server.address, { room: "zed" });
  await using terminal = await join(server.address, ["--room", "lobby,zed"]);
  await ann.until(({ happened }) => happened.includes("+bob"));
  await cat.say("noise");
  await cat.say("psst", { kind: "whisper", to: "bob" });
  await ann.say("hello");
  await terminal.waitFor(/^lobby> ·zed @1$/m);
  await enter(terminal, "/ignore cat"); // She is in the other room only.
  await terminal.waitFor(/you ignore ~cat.*\nlobby> ·zed 1$/m);
  await enter(terminal, "/unignore cat");
  await terminal.waitFor(/you no longer ignore ~cat.*\nlobby> ·zed @1$/m);
  await enter(terminal, "/room");
  await terminal.waitFor(/^ {2}2 zed: 3 new, 1 for you$/m);
  await enter(terminal, "/ignore cat");
  await cat.say("more noise");
  await ann.say("bye");
  await terminal.waitFor(/^lobby> ·zed 2$/m);
  await enter(terminal, "/room");
  await terminal.waitFor(/^ {2}2 zed: 2 new$/m);
  await terminal.press("M-2");
  await terminal.waitFor(/^── 2 new since .* ──\n\[~ann\] hello\n\[~ann\] bye\nzed>$/m);
});

test("chat join counts nothing as new that was seen, or said, under another name", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  await using terminal = await join(server.address, [], { times: 3 });
  await terminal.waitFor(/^── lobby: .* ──\n>$/m);
  await enter(terminal, "as bob");
  await terminal.waitFor(/^\[bob\] as bob\n>$/m);
  await terminal.press("C-d");
  await terminal.waitFor(/^exit 0\n── lobby: .* ──\n\[bob\] as bob\n>$/m);
  await enter(terminal, "/nick rob");
  await terminal.waitFor(/^-- you are now rob --\n>$/m);
  await enter(terminal, "as rob");
  await ann.until(({ heard }) => heard.includes("as rob"));
  await ann.say("seen");
  await terminal.waitFor(/^\[~ann\] seen\n>$/m);
  await terminal.press("C-d");
  await terminal.waitFor(
    /^\[~ann\] seen\n(?:>\n)?exit 0\n── lobby: .* ──\n\[bob\] as bob\n\[rob\] as rob\n\[~ann\] seen\n>$/m,
  );
});

test("/clear clears the screen, and loses neither marks nor lines typed before", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address);
  await using dev = joinLibraryChat("ann", server.address, { room: "dev" });
  await using terminal = await join(server.address, ["--room", "lobby,dev"]);
  await dev.until(({ happened }) => happened.includes("+bob"));
  await ann.say("one");
  await dev.say("in dev");
  await terminal.waitFor(/^\[~ann\] one\nlobby> ·dev 1$/m);
  await enter(terminal, "/clear");
  await terminal.waitFor(/^lobby> ·dev 1$/);
  await ann.say("two");
  await terminal.waitFor(/^\[~ann\] two\nlobby> ·dev 1$/);
  await terminal.press("Up");
  await terminal.waitFor(/^lobby> ·dev 1 \/clear$/m);
  await terminal.press("C-c");
  await enter(terminal, "/history 2");
  await terminal.waitFor(/^\[~ann\] one\n\[~ann\] two\nlobby> ·dev 1$/m);
  await terminal.press("M-2");
  await terminal.waitFor(/^\[~ann\] in dev\ndev>$/m);
});

test("chat join keeps the marks short on a narrow terminal", async () => {
  await using server = await startServer(["--quiet"]);
  await using dev = joinLibraryChat("ann", server.address, { room: "dev" });
  await using ops = joinLibraryChat("ann", server.address, { room: "operations" });
  await using terminal = await join(server.address, ["--room", "lobby,dev,operations"], {
    columns: 20,
  });
  await dev.until(({ happened }) => happened.includes("+bob"));
  await ops.until(({ happened }) => happened.includes("+bob"));
  await dev.say("one");
  await terminal.waitFor(/^lobby> \+1$/m);
  await ops.say("bob, look");
  await terminal.waitFor(/^lobby> @1$/m);
  await terminal.type("a line that wraps");
  await terminal.waitFor(/^lobby> @1 a line tha\nt wraps$/m);
  await terminal.resize({ columns: 60, rows: 24 });
  await terminal.waitFor(/^lobby> ·dev 1 ·operations @1 a line that wraps$/m);
  await terminal.resize({ columns: 20, rows: 24 });
  await terminal.waitFor(/^lobby> @1 a line tha\nt wraps$/m);
  await terminal.press("M-3");
  await terminal.waitFor(/^oper…> \+1$/m);
  await enter(terminal, "here");
  await ops.until(({ heard }) => heard.includes("here"));
  await terminal.press("M-1");
  await terminal.waitFor(/^lobby> \+1 a line tha\nt wraps$/m);
});

for (const columns of [80, 20]) {
  test(`chat join loses and repeats nothing in three rooms while the server restarts, at ${columns} columns`, async () => {
    await using folder = await temporaryFolder();
    const fail = ({ message }: Error) => assertEquals(message, "");
    await using server = new RestartableServer(`${folder.path}/chat.db`, fail);
    await server.start();
    const rooms = ["lobby", "dev", "ops"];
    await using stack = new AsyncDisposableStack();
    const people = rooms.map((room) => stack.use(joinLibraryChat("ann", server.address, { room })));
    for (const ann of people) await ann.until(({ happened }) => happened.includes("connected"));
    await using terminal = await join(server.address, ["--room", rooms.join()], {
      columns,
      rows: 40,
    });
    for (const ann of people) await ann.until(({ happened }) => happened.includes("+bob"));
    const said = new Map(rooms.map((room) => [room, 0]));
    const say = async () => {
      for (const [i, room] of rooms.entries()) {
        said.set(room, said.get(room)! + 1);
        await people[i]!.say(`${room} ${said.get(room)}.`);
      }
    };
    for (let round = 0; round < 2; round++) {
      await say();
      if (round === 0) await terminal.waitFor(/^lobby> (?:·dev 1 ·ops 1|\+2)$/m); // All are open.
      await terminal.waitFor(new RegExp(`lobby ${said.get("lobby")}\\.`));
      await server.kill();
      await terminal.waitFor(/connection lost/);
      // Typed without a connection, each in its room.
      for (const [i, room] of rooms.entries()) {
        await terminal.press(`M-${i + 1}`);
        await terminal.waitFor(new RegExp(`^${room}>`, "m"));
        await enter(terminal, `bob ${round}`);
      }
      await terminal.press("M-1");
      await terminal.waitFor(/^lobby>/m);
      const saying = say();
      await server.start();
      await saying;
      for (const ann of people) await ann.until(({ heard }) => heard.includes(`bob ${round}`));
      await terminal.waitFor(new RegExp(`lobby ${said.get("lobby")}\\.`));
    }
    for (const [i, room] of rooms.entries()) {
      await terminal.press(`M-${i + 1}`);
      await terminal.waitFor(new RegExp(`^${room}>`, "m"));
      await enter(terminal, `last ${room}`);
      await terminal.waitFor(new RegExp(`^\\[bob\\] last ${room}$`, "m"));
      assertEquals(people[i]!.heard.filter((text) => text.startsWith("bob")), ["bob 0", "bob 1"]);
    }
    const rows = await rowsOf(terminal);
    for (const room of rooms) {
      const all = Array.from({ length: said.get(room)! }, (_, i) => `[~ann] ${room} ${i + 1}.`);
      assertEquals(notesIn(rows, room), all);
    }
    assertEquals(rows.filter((row) => row.startsWith("[bob] bob 0")).length, rooms.length);
    const outages = rows.join(" ").match(/connection lost/g);
    assertEquals(outages?.length, 2);
  });
}

test("chat join tells people in other rooms, under one name, and remembers each room", async () => {
  await using server = await startServer(["--quiet"]);
  await using ann = joinLibraryChat("ann", server.address, { room: "dev" });
  await using kim = joinLibraryChat("kim", server.address, { room: "dev" });
  await kim.until(({ happened }) => happened.includes("connected"));
  await using terminal = await join(server.address, ["--room", "lobby,dev"], { times: 2 });
  await ann.until(({ happened }) => happened.includes("+bob"));
  await terminal.waitFor(/^lobby>/m);
  await enter(terminal, "/msg ann psst");
  await terminal.waitFor(/^-- sent to ~?ann only in dev: psst --$/m);
  await ann.until(({ heard }) => heard.some((text) => text.endsWith("psst")));
  await ann.say("what?", { kind: "whisper", to: "bob" });
  await terminal.waitFor(/^-- dev: ~ann writes to you --$/m);
  await enter(terminal, "/r nothing");
  await terminal.waitFor(/^-- sent to ~ann only in dev: nothing --$/m);
  await ann.until(({ heard }) => heard.some((text) => text.endsWith("nothing")));
  await enter(terminal, "/nick kim");
  await terminal.waitFor(/^-- \/nick: name "kim" is taken --$/m);
  await enter(terminal, "/who");
  await terminal.waitFor(/^-- 1 here: bob \(you\) --$/m);
  await enter(terminal, "/nick robert");
  await ann.until(({ happened }) => happened.includes("bob>robert"));
  await enter(terminal, "/nick bob");
  await ann.until(({ happened }) => happened.includes("robert>bob"));
  await terminal.press("M-2");
  // The room tells of the rename only if it is in view by then.
  await terminal.waitFor(/nothing\n(?:-- you are now bob --\n)?dev>$/m);
  await terminal.press("M-1");
  await terminal.waitFor(/^lobby>$/m);
  await ann.say("not seen");
  await terminal.waitFor(/^lobby> ·dev 1$/m);
  await terminal.press("C-d");
  // What was not looked at is new at the next visit, too.
  await terminal.waitFor(/^exit 0\n(?:.*\n)*── lobby: bob ──\nlobby> ·dev 1$/m);
  await terminal.press("M-2");
  await terminal.waitFor(/^── dev: .* ──\n/m);
  await terminal.waitFor(/not seen\ndev>$/m);
});

test("chat join goes on in the other rooms when it is kicked from one, or a room is removed", async () => {
  const identity = await Identity.generate();
  await using folder = await temporaryFolder();
  const operators = `${folder.path}/operators`;
  await Deno.writeTextFile(operators, `${identity.fingerprint}\n`);
  await using server = await startServer(["--quiet", "--operators", operators]);
  await using ann = joinLibraryChat("ann", server.address, { room: "dev", identity });
  await ann.until(({ happened }) => happened.includes("connected"));
  await using cy = joinLibraryChat("cy", server.address, { room: "ops" });
  await cy.until(({ happened }) => happened.includes("connected"));
  await using terminal = await join(server.address, ["--room", "lobby,dev,ops"]);
  await cy.until(({ happened }) => happened.includes("+bob"));
  await cy.say("hello");
  await terminal.waitFor(/^lobby> ·ops 1$/m);
  await terminal.press("M-3");
  await terminal.waitFor(/^ops>$/m);
  await terminal.type("a draft");
  await terminal.press("M-1");
  await terminal.waitFor(/^lobby>$/m);
  await ann.order({ action: "remove", name: "ops", reason: "" });
  await terminal.waitFor(/^-- ops is closed: .*\n-- not sent in ops: a draft --\nlobby>$/m);
  await ann.order({ action: "kick", name: "bob", reason: "enough" });
  await terminal.waitFor(/^-- dev is closed: .*enough --\n>$/m);
  await enter(terminal, "/who");
  await terminal.waitFor(/^-- 1 here: bob \(you\) --$/m);
});
