/**
 * Measures the program: `deno task bench`, with `--json` for programs. bench/README.md
 * says what each figure means.
 *
 * @module
 */

import type { Figure } from "./figure.ts";
import { measureOriginal } from "./original.ts";
import { CORES } from "./server.ts";

// All threads of this process: the load must not run on the server's core.
await new Deno.Command("taskset", {
  args: ["-acp", `${CORES.load}`, `${Deno.pid}`],
  stdout: "null",
}).output();

const figures: Figure[] = await measureOriginal();
const lines = Deno.args.includes("--json")
  ? [JSON.stringify(figures)]
  : figures.map(({ name, value, unit }) =>
    `${name.padEnd(40)} ${value.toFixed(1).padStart(12)} ${unit}`
  );
await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
