import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasNats } from "../support/nats/nats.ts";
import { serveArgs } from "../support/program.ts";
import { type Patch, patched, startWithModules } from "../support/replaced_modules.ts";
import { formatViolation } from "./check/violation.ts";
import { runClusterChaos } from "./cluster_chaos.ts";
import type { FaultKind } from "./faults.ts";

const noNats = !(await hasNats());
const note = noNats ? " (ignored: there is no nats-server here)" : "";

/** The time for the test of all kinds of faults: the engine needs seconds to replace a node. */
const TIMEOUT_MS = 300_000;
/** The wait after which it says what is missing, instead of running into its deadline. */
const PATIENCE_MS = 120_000;
/** Enough that some reconnect while a short fault lasts. */
const PEOPLE = 10;

Deno.test({
  name:
    `Three servers lose and repeat nothing, in one order, while they and the engine break${note}`,
  ignore: noNats,
  timeout: TIMEOUT_MS,
  async fn() {
    const plan = { seed: 5, rounds: 10, people: 4 }; // This seed plans ten different kinds.
    const { problems, lostConnections } = await runClusterChaos({
      ...{ ...plan, patienceMs: PATIENCE_MS },
    });
    assertEquals(problems, []);
    assert(lostConnections > 0, "no client lost its connection");
  },
});

/** Faults of the program, each with the fault around it that it does not survive. */
const PLANTED: readonly {
  readonly what: string;
  readonly kind: FaultKind;
  /** The number of these faults. Default 3. */
  readonly rounds?: number;
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
      ...["never received note", "received note \\d+ after note", "is there twice"],
      ...["is not the same for all", "was told that", "was acknowledged"],
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
    problem: /never received note \d+/,
  },
  {
    what: "a server that does not wait for the notes that a client has",
    kind: "delay a server's feed",
    rounds: 6,
    patches: [{
      path: "server/session/start_position.ts",
      from: "    await room.reach(after.history, after.seq, signal);\n",
      to: "",
    }],
    problem: /received note 1 after note \d+/,
  },
];

for (const { what, kind, rounds = 3, patches, problem } of PLANTED) {
  Deno.test({
    name: `the check of several servers sees ${what}${note}`,
    ignore: noNats,
    timeout: TIMEOUT_MS,
    async fn() {
      const sources = await patched(patches);
      const launch = (args: string[]) => startWithModules(sources, { args: serveArgs(args) });
      const plan = { seed: 1, rounds, people: PEOPLE, kinds: [kind], patienceMs: 20_000 };
      const { violations, problems } = await runClusterChaos({ ...plan, launch });
      assertMatch([...violations.map(formatViolation), ...problems].join("\n"), problem);
    },
  });
}
