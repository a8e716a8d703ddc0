import { assert, assertEquals } from "@std/assert";
import { commandLine, run, start } from "../support/program.ts";
import { random } from "../support/random.ts";
import { RestartableServer } from "../support/restartable_server.ts";
import { hasTmux, quote, Terminal } from "../support/terminal.ts";
import { ChaosClients } from "./clients.ts";
import { ForwardClock } from "./time/forward_clock.ts";
import { HealthWatcher } from "./health_watcher.ts";

const RESTARTS = 5;
const CLIENTS = 100;

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
  await using group = new ChaosClients();
  // One per client and one for the health watcher: no client leaves an old connection open when it
  // reconnects.
  const args = ["--max-per-address", `${CLIENTS + 1}`];
  await using server = new RestartableServer(`${folder.path}/chat.db`, group.fail, args);
  using clock = new ForwardClock();
  const { next } = random(1);
  await server.start();
  for (let i = 0; i < CLIENTS; i++) {
    group.add({ addresses: [server.address], last: Infinity, window: 1, random: next });
  }
  for (let restart = 1; restart <= RESTARTS; restart++) {
    await group.until(() => group.here === CLIENTS);
    const talkedAt = group.acked + CLIENTS;
    await group.until(() => group.acked >= talkedAt);
    using watcher = await HealthWatcher.connect(server.address);
    clock.advance(60_000);
    assertEquals(await server.stop(), 0);
    await watcher.until(LAST_HEARD.length);
    assertEquals(watcher.heard[0], "NOT_SERVING");
    assertEquals(watcher.heard.toSorted(), LAST_HEARD);
    await server.start();
  }
  await group.finish();
  const { problems, ...counts } = await group.audit({ addresses: [server.address], random: next });
  assertEquals(problems, []);
  const { said, acked, logged, lostConnections, unanswered } = counts;
  assertEquals([acked, logged], [said, said]);
  assertEquals(lostConnections, RESTARTS * CLIENTS);
  assert(unanswered > 0, "nobody was waiting for an answer");
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
