import { assert, assertEquals } from "@std/assert";
import { Identity } from "../../client/profile/identity.ts";
import { commandLine, run, start } from "../support/program.ts";
import { random } from "../support/random.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { readLogFile } from "./check/read_log_file.ts";
import { HealthWatcher } from "./health_watcher.ts";
import { Recorder } from "./people/recorder.ts";
import { Talker } from "./people/talker.ts";
import { judge } from "./people/verdict.ts";
import { ForwardClock } from "./time/forward_clock.ts";

const RESTARTS = 5;
const CLIENTS = 100;

/** Everybody talks in the lobby, one note after the other. */
const HABITS = {
  ...{ room: "lobby", isShared: false, keepaliveMs: 10_000, numbers: random(1) },
  habits: { maxPauseMs: 0, maxUnanswered: 1, privatePart: 0 },
  friends: () => [],
};

/** The events that a {@linkcode HealthWatcher} records when its server stops, sorted. */
const LAST_HEARD = [
  "NOT_SERVING",
  "end of session: OK",
  "end of watch: The server is stopping",
  "goodbye",
];

/** A folder that is deleted when disposed. */
class Folder implements AsyncDisposable {
  readonly path = Deno.makeTempDirSync();

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

Deno.test(`Chat loses and repeats nothing while its server restarts under ${CLIENTS} clients`, async () => {
  await using folder = new Folder();
  const recorder = new Recorder();
  // One per client and one for the health watcher: no client leaves an old connection open when it
  // reconnects.
  const args = ["--max-per-address", `${CLIENTS + 1}`, "--new-names", "0", "--join-burst", "0"];
  const data = `${folder.path}/chat.db`;
  await using server = new RestartableServer(data, recorder.fail, args);
  using clock = new ForwardClock();
  await server.start();
  await using stack = new AsyncDisposableStack();
  const identities = await Promise.all(Array.from({ length: CLIENTS }, () => Identity.generate()));
  const talkers = identities.map((identity, i) => {
    const person = `p${i}`;
    recorder.add({ type: "named", person, name: person });
    return stack.use(
      new Talker({ ...HABITS, person, identity, addresses: [server.address] }, recorder),
    );
  });
  const until = async (is: () => boolean) => void await recorder.until(is);
  for (let restart = 1; restart <= RESTARTS; restart++) {
    await until(() => talkers.every(({ isHere }) => isHere));
    const talkedAt = recorder.accepted + CLIENTS;
    await until(() => recorder.accepted >= talkedAt);
    using watcher = await HealthWatcher.connect(server.address);
    clock.advance(60_000);
    assertEquals(await server.stop(), 0);
    await watcher.until(LAST_HEARD.length);
    assertEquals(watcher.heard[0], "NOT_SERVING");
    assertEquals(watcher.heard.toSorted(), LAST_HEARD);
    await server.start();
  }
  for (const talker of talkers) talker.rest();
  await until(() => talkers.every(({ isSettled }) => isSettled));
  const head = await talkers[0]!.say();
  await until(() => talkers.every(({ at }) => at === head));
  for (const talker of talkers) talker.finish(head!);
  await stack.disposeAsync();
  assertEquals(await server.stop(), 0);
  const { events, damage } = readLogFile(data);
  for (const event of events) recorder.add(event);
  const { problems, posted, accepted, ...counts } = judge(recorder, { damage, outages: [] });
  assertEquals(problems, []);
  assertEquals(accepted, posted);
  assertEquals(counts.lostConnections, RESTARTS * CLIENTS);
  assert(counts.lostAnswers > 0, "nobody was waiting for an answer");
});

const noTmux = !(await hasTmux());

Deno.test({
  name: `chat join and chat tail report each restart of the server in two lines${
    noTmux ? " (ignored: there is no tmux here)" : ""
  }`,
  ignore: noTmux,
  async fn() {
    await using folder = new Folder();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {}); // The waiting caller gets the error.
    await using server = new RestartableServer(`${folder.path}/chat.db`, failed.reject);
    await server.start();
    const args = ["--server", server.address];
    await run("send", [...args, "--name", "ann", "hello"]);
    const join = commandLine("join", [...args, "--name", "bob", "--time", "off"]);
    const script = quote(["env", `XDG_STATE_HOME=${folder.path}`, ...join]);
    await using terminal = await Terminal.start(script, { columns: 80, rows: 24 });
    await using tail = start("tail", args);
    await Promise.all([terminal.waitFor(/hello/), tail.waitFor(/hello/)]);
    for (const times of [1, 2]) {
      assertEquals(await server.stop(), 0);
      await server.start();
      await Promise.race([
        Promise.all([
          terminal.waitFor(new RegExp(`(-- back --\\n[^]*){${times}}>$`)),
          tail.waitFor(new RegExp(`(-- connected again --[^]*){${times}}`), "stderr"),
        ]),
        failed.promise,
      ]);
    }
    const lost = "-- connection lost (The server is stopping), retrying --";
    const rows = ["── lobby: bob ──", "[ann] hello", lost, "-- back --", lost, "-- back --", ">"];
    assertEquals((await terminal.screen()).split("\n"), rows);
    const lines = [
      `-- not connected to "${server.address}": The server is stopping; retrying --`,
      "-- connected again --",
    ];
    assertEquals(tail.stderr.split("\n"), [...lines, ...lines, ""]);
    assertEquals(tail.stdout, "[ann] hello\n");
  },
});
