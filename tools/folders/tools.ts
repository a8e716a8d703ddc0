import type { Folder } from "./folder.ts";

/** The folders of the tools. */
export const TOOLS: Readonly<Record<string, Folder>> = {
  "npm_only/std": { about: "stands in for packages that npm does not have", imports: [] },

  "tools/build": {
    about: "files that run without Deno, releases, installing",
    imports: ["cli/framework", "tools"],
  },
  "tools/bench/support": {
    about: "servers, peers and figures of the benchmark",
    imports: ["proto", "tests/support", "tests/support/nats", "tools/build"],
  },
  "tools/bench/report": {
    about: "the figures as tables and charts",
    imports: ["tools/bench/support"],
  },
  "tools/bench/peers": {
    about: "servers of others to compare with, and the load on them, in Go",
    imports: ["cli/framework", "tests/support", "tools/bench/support", "tools/build"],
  },
  "tools/bench/scenarios/peers": {
    about: "comparisons with servers of others",
    imports: ["tools/bench/peers", "tools/bench/support", "tools/build"],
  },
  "tools/bench/scenarios": {
    about: "a file for each thing that is measured",
    imports: ["tests/support/wire", "tools/bench/support", "tools/build"],
  },
  "tools/bench": {
    about: "the benchmark",
    imports: [
      "cli/framework",
      "tests/support/nats",
      "tools",
      "tools/bench/peers",
      "tools/bench/report",
      "tools/bench/scenarios",
      "tools/bench/scenarios/peers",
      "tools/bench/support",
    ],
  },
  "tools/mutations/faults": {
    about: "the faults that tests must notice, a file for each part of the project",
    imports: [],
  },
  "tools/mutations": {
    about: "faults, planted in copies of the project, and the tests that must notice them",
    imports: ["cli/framework", "tools", "tools/build", "tools/mutations/faults"],
  },
  "tools/coverage": {
    about: "which lines of the program the tests run",
    imports: ["cli/framework", "text", "tools", "tools/build", "tools/folders"],
  },
  "tools/folders": { about: "this table, a file for each part of the project", imports: [] },
  "tools": {
    about: "lint rules, generators of docs and types; running a task",
    imports: ["cli", "cli/framework", "deno.json", "proto", "server", "text", "tools/folders"],
  },
};
