import { assertMatch } from "@std/assert";
import { serveArgs } from "../../support/program.ts";
import { type Patch, patched, startWithModules } from "../../support/replaced_modules.ts";
import { formatViolation } from "../check/violation.ts";
import { possibleKinds, type ServerFaultKind } from "./server_faults.ts";
import { runServerChaos } from "./server_chaos.ts";

/** The wait after which something is missing, instead of running into the deadline of the test. */
const PATIENCE_MS = 40_000;

/** The number of them that run at the same time. */
const AT_ONCE = 4;
/** The time for all of them, on a busy machine. */
const TIMEOUT_MS = 300_000;

/** Faults of the program, each with the fault around it that it does not survive. */
const PLANTED: readonly {
  readonly what: string;
  readonly kind: ServerFaultKind;
  /** The number of these faults. Default 4. */
  readonly rounds?: number;
  readonly patches: readonly Patch[];
  /** What the checker says about it. */
  readonly problem: RegExp;
}[] = [
  {
    what: "a server that acknowledges before the disk has the note",
    kind: "kill",
    patches: [
      {
        path: "server/storage/sqlite/group_commit.ts",
        from:
          "if (this.#db.isTransaction) this.#rollback.run(); // An earlier rollback failed.\n      this.#begin",
        to: "if (!this.#db.isTransaction) this.#begin",
      },
      {
        path: "server/storage/sqlite/group_commit.ts",
        from: "      this.#commit.run();\n    } catch",
        to: "      if (Math.random() < 0.03) this.#commit.run();\n    } catch",
      },
    ],
    problem: /^promise [12]: .*(acknowledged|not the same for all|never received|after note)/,
  },
  {
    what: "a server that does not know a repeated note again",
    kind: "half-open to clients",
    patches: [{
      path: "server/storage/sqlite/stored_ids.ts",
      from: "const found = this.#findBy(author, id);",
      to: "const found = Math.random() < 0 ? this.#findBy(author, id) : undefined;",
    }],
    problem: /^promise 3: a post is there twice: as note \d+ and as note \d+\n.* posted /,
  },
  {
    what: "a server that resumes one note too late",
    kind: "cut links",
    patches: [{
      path: "server/session/start_position.ts",
      from: "return room.resume(after.history, after.seq);",
      to: "return room.resume(after.history, after.seq) + (after.seq < room.head ? 1 : 0);",
    }],
    problem: /^promise 1: \d+ never received note \d+\n/,
  },
  {
    what: "a server that shows private notes",
    kind: "vanish",
    patches: [{
      path: "room/note.ts",
      from: 'if (kind !== "whisper") return undefined;',
      to: "if (kind !== undefined) return undefined;",
    }],
    problem: /^promise 7: /,
  },
  {
    what: "a server whose times go back with its clock",
    kind: "step the clock",
    patches: [{
      path: "room/state/postings.ts",
      from: "log.append(drafts, this.#newestTime)",
      to: "log.append(drafts, now)",
    }],
    problem: /^promise 1: note \d+ is \d+ ms older than the one before\n/,
  },
  {
    what: "a server that keeps topics in memory alone",
    kind: "kill",
    rounds: 8,
    patches: [{
      path: "server/storage/sqlite/store.ts",
      from: "      this.#topic.run(...topicToRow(id, topic));",
      to: "      if (id < 0) this.#topic.run(...topicToRow(id, topic));",
    }],
    problem: /^promise 9: the topic of .* was set, and is another one\n/,
  },
  {
    what: "a server that lets people talk who are muted",
    kind: "cut links",
    rounds: 12,
    patches: [{
      path: "server/session/posts.ts",
      from: '    sanctions.check("mute", session);\n',
      to: '    if (post.id === "") sanctions.check("mute", session);\n',
    }],
    problem: /^promise 10: note \d+ is by p\d+, who was muted\n/,
  },
  {
    what: "a server whose searches miss notes",
    kind: "freeze",
    patches: [{
      path: "room/state/room.ts",
      from: "      const audience = noteAudience(note);\n",
      to: "      if (note.seq % 3 === 0) continue;\n      const audience = noteAudience(note);\n",
    }],
    problem: /^promise 11: a search missed note \d+\n/,
  },
];

const possible = await possibleKinds();

Deno.test({
  name: "the checker of one server sees planted faults of the program",
  timeout: TIMEOUT_MS,
  fn: async (test) => {
    const run = (planted: typeof PLANTED) =>
      Promise.all(planted.map(({ what, kind, rounds = 4, patches, problem }) =>
        test.step({
          name: what,
          ignore: !possible.includes(kind),
          sanitizeOps: false,
          sanitizeResources: false,
          sanitizeExit: false,
          async fn() {
            const sources = await patched(patches);
            const { violations } = await runServerChaos({
              ...{ seed: 3, rounds, people: 4, kinds: [kind], patienceMs: PATIENCE_MS },
              maxHoldMs: 200,
              launch: (args, options) =>
                startWithModules(sources, { ...options, args: serveArgs(args) }),
            });
            const told = violations.map(formatViolation);
            assertMatch(told.find((words) => problem.test(words)) ?? told[0] ?? "nothing", problem);
          },
        })
      ));
    // Each has two processes.
    for (let from = 0; from < PLANTED.length; from += AT_ONCE) {
      await run(PLANTED.slice(from, from + AT_ONCE));
    }
  },
});
