import { assert, assertEquals, assertMatch } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { type ChatServer, serve, type ServeOptions } from "../../mod.ts";
import { joinLibraryChat } from "../support/library_chat.ts";
import {
  commandLine,
  type Process,
  type Result,
  run,
  start,
  startScript,
} from "../support/program.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { FakeServer } from "../support/wire/fake_server.ts";

const noTmux = !(await hasTmux());
const why = noTmux ? " (ignored: no tmux)" : "";

const boss = await Identity.generate();

/** Serves with an operator and a page of metrics. */
function open(options: ServeOptions = {}): Promise<ChatServer> {
  return serve({
    ...{ address: "127.0.0.1:0", metrics: "127.0.0.1:0", rate: 0, operators: boss.fingerprint },
    ...options,
  });
}

/** Says texts in a room, as the operator. */
async function say(address: string, room: string, ...texts: string[]): Promise<void> {
  const options = { room, last: 0, unlisted: true, identity: boss };
  await using chat = joinLibraryChat("ann", address, options);
  for (const text of texts) await chat.say(text);
}

/** Removes a room, as the operator. */
async function remove(address: string, room: string): Promise<void> {
  await using chat = joinLibraryChat("ann", address, { last: 0, unlisted: true, identity: boss });
  await chat.order({ action: "remove", name: room });
}

/** Runs `chat tail` to completion. */
function tail(address: string, ...args: string[]): Promise<Result> {
  return run("tail", ["--server", address, ...args]);
}

/** Starts `chat tail`. */
function follow(address: string, ...args: string[]): Process {
  return start("tail", ["--server", address, ...args]);
}

const sorted = (lines: string) => lines.trimEnd().split("\n").sort();

Deno.test("chat tail --room a,b prints each line of a note with its room in front", async () => {
  await using server = await open();
  await say(server.address, "dev", "one\ntwo [ann] three");
  await say(server.address, "Ops Team", "#dev [ann] no");
  const { code, stdout, stderr } = await tail(
    server.address,
    ...["--room", "dev, #ops team,DEV", "--until-now"],
  );
  assertEquals([code, stderr], [0, ""]);
  assertEquals(sorted(stdout), [
    "#Ops_Team [ann] #dev [ann] no",
    "#dev     two [ann] three",
    "#dev [ann] one",
  ]);
  assertEquals((await tail(server.address, "--room", "dev,", "--until-now")).code, 2);
  const timed = await tail(server.address, "--room", "dev,lobby", "--until-now", "--time", "iso");
  assertMatch(timed.stdout, /^#dev \d{4}-\S+ \[ann\] one\n#dev {5}two/);
});

Deno.test("chat tail of one room prints no room in front, and names it in JSON", async () => {
  await using server = await open();
  await say(server.address, "dev", "one");
  assertEquals((await tail(server.address, "--room", "dev", "--until-now")).stdout, "[ann] one\n");
  for (const args of [["--room", "dev"], ["--room", "dev,lobby"], ["--all"]]) {
    const { stdout } = await tail(server.address, ...args, "--json", "--until-now");
    const { room, seq, message } = JSON.parse(stdout);
    assertEquals({ room, seq, message }, { room: "dev", seq: 1, message: "one" }, args.join(" "));
  }
});

Deno.test("chat tail --all follows the rooms that there are and new ones, over one connection", async () => {
  await using server = await open();
  await say(server.address, "lobby", "old");
  await say(server.address, "dev", "old");
  await using reading = follow(server.address, "--all");
  await reading.waitFor(/^#dev \[ann\] old$/m);
  await reading.waitFor(/^#lobby \[ann\] old$/m);
  const page = await (await fetch(`http://${server.metricsAddress}/metrics`)).text();
  assertMatch(page, /^chat_connections 1$/m);
  await say(server.address, "ops", "first", "second");
  await reading.waitFor(/^#ops \[ann\] first\n#ops \[ann\] second$/m);
  await say(server.address, "dev", "new");
  await reading.waitFor(/^#dev \[ann\] new$/m);
  reading.kill("SIGTERM");
  assertEquals([(await reading.ended()).code, reading.stderr], [0, ""]);
  assertEquals(sorted(reading.stdout).length, 5);
});

Deno.test("chat tail --all --last 0 prints all notes of a new room, and none of an old one", async () => {
  await using server = await open();
  await say(server.address, "dev", "old");
  await using reading = follow(server.address, "--all", "--last", "0");
  // Until it follows dev, a note there is an old one.
  while (!reading.stdout.includes("#dev")) {
    await say(server.address, "dev", "new");
  }
  await say(server.address, "ops", "first", "second");
  await reading.waitFor(/^#ops \[ann\] first\n#ops \[ann\] second$/m);
  assert(!reading.stdout.includes("old"));
});

Deno.test("chat tail --all goes on when a room is removed, and follows the next one of its name", async () => {
  await using server = await open();
  await say(server.address, "dev", "one");
  await say(server.address, "ops", "one");
  await using reading = follow(server.address, "--all");
  await reading.waitFor(/^#dev \[ann\] one$/m);
  await reading.waitFor(/^#ops \[ann\] one$/m);
  await remove(server.address, "dev");
  await reading.waitFor(/^#dev -- .*room "dev" removed by ann.* --$/m, "stderr");
  await say(server.address, "ops", "two");
  await say(server.address, "dev", "again");
  await reading.waitFor(/^#ops \[ann\] two$/m);
  await reading.waitFor(/^#dev \[ann\] again$/m);
  assertEquals(reading.stderr.split("\n").length, 2);
});

Deno.test("chat tail --room a,b goes on when one is removed, and exits 4 once all are", async () => {
  await using server = await open();
  await say(server.address, "dev", "one");
  await say(server.address, "ops", "one");
  await using reading = follow(server.address, "--room", "dev,ops");
  await reading.waitFor(/^#dev \[ann\] one$/m);
  await reading.waitFor(/^#ops \[ann\] one$/m);
  await remove(server.address, "dev");
  await reading.waitFor(/^#dev -- Disconnected .* --$/m, "stderr");
  await say(server.address, "ops", "two");
  await reading.waitFor(/^#ops \[ann\] two$/m);
  await remove(server.address, "ops");
  assertEquals((await reading.ended()).code, 4);
  assertMatch(reading.stderr, /\nerror: Disconnected from ".*": room "ops" removed by ann\n$/);
});

Deno.test("chat tail --room a,b waits for rooms, and with --until-now exits 4 before any note", async () => {
  await using server = await open();
  await say(server.address, "dev", "one");
  const { code, stdout, stderr } = await tail(
    server.address,
    ...["--room", "dev,none", "--until-now"],
  );
  assertEquals([code, stdout], [4, ""]);
  assertMatch(stderr, /^error: Cannot join "[^"]*": There is no room "none" yet\n$/);
  await using reading = follow(server.address, "--room", "dev,none");
  await reading.waitFor(/^#none -- there is no room "none" yet; waiting for it --$/m, "stderr");
  await say(server.address, "none", "here");
  await reading.waitFor(/^#none \[ann\] here$/m);
});

Deno.test("chat tail --since and --last start in each room, and --count counts all together", async () => {
  await using server = await open();
  await say(server.address, "dev", "one", "two", "three");
  await say(server.address, "ops", "one", "two", "three");
  const read = async (...args: string[]) =>
    sorted((await tail(server.address, "--room", "dev,ops", ...args)).stdout);
  const two = ["#dev [ann] three", "#dev [ann] two", "#ops [ann] three", "#ops [ann] two"];
  assertEquals(await read("--last", "2", "--until-now"), two);
  assertEquals(await read("--since", "2", "--until-now"), two);
  assertEquals((await read("--since", "1h", "--until-now")).length, 6);
  assertEquals((await read("--count", "5")).length, 5);
  const all = sorted((await tail(server.address, "--all", "--count", "4")).stdout);
  assertEquals(all.length, 4);
});

Deno.test("chat tail of several rooms reports an outage once, and continues in all of them", async () => {
  await using folder = await temporaryFolder();
  const problems: Error[] = [];
  await using server = new RestartableServer(
    `${folder.path}/chat.db`,
    (error) => problems.push(error),
    ["--rate", "0"],
  );
  await server.start();
  const { address } = server;
  for (const room of ["a", "b", "c"]) await say(address, room, "before");
  await using list = follow(address, "--room", "a,b,c");
  await using all = follow(address, "--all");
  for (const reading of [list, all]) {
    for (const room of ["a", "b", "c"]) await reading.waitFor(RegExp(`^#${room} .*before$`, "m"));
  }
  await server.stop();
  for (const reading of [list, all]) await reading.waitFor(/^-- not connected/m, "stderr");
  await server.start();
  for (const reading of [list, all]) await reading.waitFor(/^-- connected again --$/m, "stderr");
  for (const room of ["a", "b", "c"]) await say(address, room, "after");
  for (const reading of [list, all]) {
    for (const room of ["a", "b", "c"]) await reading.waitFor(RegExp(`^#${room} .*after$`, "m"));
    assertEquals(sorted(reading.stdout).length, 6);
    assertMatch(reading.stderr, /^-- not connected to "[^"]*": .* --\n-- connected again --\n$/);
  }
  assertEquals(problems, []);
});

Deno.test("chat tail of several rooms prints each note once after a pause of its reader", async () => {
  await using server = await open();
  const rooms = ["a", "b", "c", "d"];
  const text = "x".repeat(16_000);
  const count = 200; // 12.8 MB in all.
  for (const room of rooms) {
    await using chat = joinLibraryChat("ann", server.address, { room, last: 0, unlisted: true });
    await Promise.all(Array.from({ length: count }, (_, i) => chat.say(`${i} ${text}`)));
  }
  await using reading = follow(server.address, "--all", "--count", `${(count + 1) * rooms.length}`);
  await reading.waitFor(/^#/);
  reading.holdStdout();
  for (const room of rooms) await say(server.address, room, `${count} x`); // They go on.
  reading.releaseStdout();
  assertEquals((await reading.ended()).code, 0);
  for (const room of rooms) {
    const seen = reading.stdout.split("\n").filter((line) => line.startsWith(`#${room} `))
      .map((line) => Number(/\] (\d+) x/.exec(line)![1]));
    assertEquals(seen, Array.from({ length: count + 1 }, (_, i) => i), room);
  }
});

for (const args of ["--room dev,ops", "--all", "--all --json", "--room dev,ops --json"]) {
  Deno.test(`chat tail ${args} | head -n 3 ends by itself`, async () => {
    await using server = await open();
    await say(server.address, "dev", "one", "two");
    await say(server.address, "ops", "one", "two");
    const script = `(chat_tail ${args}; echo $? >&2) | head -n 3`;
    const env = { CHAT_SERVER: server.address };
    // Without JSON it notices that only at the next note.
    await using reading = startScript(script, env);
    await reading.waitFor(/(.*\n){3}/);
    await say(server.address, "ops", "three");
    assertEquals([(await reading.ended()).code, reading.stderr], [0, "0\n"]);
    assertEquals(sorted(reading.stdout).length, 3);
  });
}

Deno.test("chat tail refuses rooms that it cannot read together, and exits 2", async () => {
  const wrong = async (...args: string[]) => {
    const { code, stderr } = await run("tail", args);
    assertEquals(code, 2);
    return stderr.split("\n")[0];
  };
  assertEquals(await wrong("--all", "--room", "dev"), "error: --all means all rooms: omit --room");
  const many = Array.from({ length: 65 }, (_, i) => `r${i}`).join(",");
  assertMatch((await wrong("--room", many))!, /must be up to 64 rooms/);
});

Deno.test("chat tail --all reads all rooms even if CHAT_ROOM names one", async () => {
  await using server = await open();
  await say(server.address, "ops", "one");
  const env = { CHAT_ROOM: "dev", CHAT_SERVER: server.address };
  const { code, stdout } = await run("tail", ["--all", "--until-now"], { env });
  assertEquals([code, stdout], [0, "#ops [ann] one\n"]);
});

Deno.test("chat tail --all says that a server of the original contract has one room, and exits 4", async () => {
  using server = await FakeServer.original([{ name: "ann", message: "old" }]);
  const { code, stdout, stderr } = await tail(server.address, "--all");
  assertEquals([code, stdout], [4, ""]);
  assertEquals(
    stderr,
    "error: This server speaks the original contract: it has one room (omit --all)\n",
  );
});

Deno.test("chat tail of several rooms does not trust another certificate, and exits 4", async () => {
  await using server = await open({ tls: true });
  for (const args of [["--room", "dev,ops"], ["--all"]]) {
    const fingerprint = ["--fingerprint", "00:".repeat(31) + "00"];
    const { code, stdout, stderr } = await tail(server.address, ...args, ...fingerprint);
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /^error: Cannot join "[^"]*": its certificate is [^\n]*\n$/);
  }
});

Deno.test({
  name: `chat tail --all on a narrow terminal shows the room in front of each row${why}`,
  ignore: noTmux,
  async fn() {
    await using server = await open();
    await say(server.address, "dev", "a note of several words that does not fit on one row");
    const command = quote(
      commandLine("tail", ["--server", server.address, "--all", "--time", "off"]),
    );
    await using terminal = await Terminal.start(command, { columns: 30, rows: 8 });
    await terminal.waitFor(
      /^#dev \[ann\] a note of several\n#dev {7}words that does not\n#dev {7}fit on one row$/m,
    );
  },
});
