import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasNats } from "../support/nats/nats.ts";
import { serveArgs } from "../support/program.ts";
import { type Patch, patched, startWithModules } from "../support/replaced_modules.ts";
import { runClusterChaos } from "./cluster_chaos.ts";
import type { FaultKind } from "./faults.ts";

const noNats = !(await hasNats());
const note = noNats ? " (ignored: there is no nats-server here)" : "";

/** The time for the test of all kinds of faults: the engine needs seconds to replace a node. */
const TIMEOUT_MS = 300_000;
/** The wait after which it says what is missing, instead of running into its deadline. */
const PATIENCE_MS = 120_000;

Deno.test({
  name:
    `Three servers lose and repeat nothing, in one order, while they and the engine break${note}`,
  ignore: noNats,
  timeout: TIMEOUT_MS,
  async fn() {
    const plan = { seed: 5, rounds: 10, clients: 3 }; // This seed plans ten different kinds.
    const { problems, ...counts } = await runClusterChaos({ ...plan, patienceMs: PATIENCE_MS });
    assertEquals(problems, []);
    const { said, acked, refused, logged, lostConnections } = counts;
    assertEquals(acked + refused, said);
    assert(logged >= acked && logged <= said, `${logged} of ${said} notes are in the log`);
    assert(lostConnections > 0, "no client lost its connection");
  },
});

/** Faults of the program, each with the fault around it that it does not survive. */
const PLANTED: readonly {
  readonly what: string;
  readonly kind: FaultKind;
  readonly patches: readonly Patch[];
  readonly problem: RegExp;
}[] = [
  {
    what: "a server that numbers a room from the first batch that it hears",
    kind: "kill a server",
    patches: [
      {
        path: "server/storage/cluster/follower.ts",
        from: "    await this.#readAll();\n    this.#reader.isPatient",
        to: "    this.#reader.isPatient",
      },
      {
        path: "server/storage/cluster/follower.ts",
        from: "(placed) => this.#repair(placed)",
        to: "(placed) => this.#skipTo(placed)",
      },
    ],
    // What is seen depends on who reads first: a server without the first notes may also fail to
    // open the room at all.
    problem: new RegExp([
      ...["notes are lost", "got note \\d+ instead of", "got them from \\d+ on", "got none"],
      ...["did not get the log", "nobody saw note", "is there twice", "is out of order"],
      ...["was acknowledged and is lost", "was acknowledged as note"],
    ].join("|")),
  },
  {
    what: "a server that reads what it has missed only once",
    kind: "lose a server's feed",
    patches: [
      {
        path: "server/cluster/nats/feed.ts",
        from: "this.behind > 0 && !signal.aborted;)",
        to: "this.behind > 0 && !signal.aborted && misses === 0;)",
      },
      {
        path: "server/cluster/nats/feed.ts",
        from: "    this.#isRepairing = false;",
        to: "    this.#seen = Math.max(this.seen, this.#known);\n    this.#isRepairing = false;",
      },
    ],
    problem: /nothing for 20 s:[^]* (\d+) of (?!\1)\d+ received/,
  },
  {
    what: "a server that does not wait for the notes that a client has",
    kind: "delay a server's feed",
    patches: [{
      path: "server/session/start_position.ts",
      from: "    await room.reach(after.history, after.seq, signal);\n",
      to: "",
    }],
    problem: /got note 1 instead of \d+/,
  },
];

for (const { what, kind, patches, problem } of PLANTED) {
  Deno.test({
    name: `the check of several servers sees ${what}${note}`,
    ignore: noNats,
    timeout: TIMEOUT_MS,
    async fn() {
      const sources = await patched(patches);
      const launch = (args: string[]) => startWithModules(sources, { args: serveArgs(args) });
      const plan = { seed: 1, rounds: 3, clients: 3, kinds: [kind], patienceMs: 20_000 };
      const words = await runClusterChaos({ ...plan, launch }).then(
        ({ problems }) => problems.join("\n"),
        (error) => String(error),
      );
      assertMatch(words, problem);
    },
  });
}
