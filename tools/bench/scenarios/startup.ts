import { fileURLToPath } from "node:url";
import { DENO_RUN } from "../../build/project.ts";
import { formatValue, type Measurement, median, type Scenario } from "../support/measurement.ts";
import { CORES } from "../support/server.ts";

const PROGRAM = fileURLToPath(new URL("../../../mod.ts", import.meta.url));
const EMPTY = fileURLToPath(new URL("../support/empty.ts", import.meta.url));

/** The number of times that each of the two is started for one figure. */
const STARTS = 20;
const MOST = 1.7;

/** The wait of a user who asks for help, next to the start-up time of Deno itself. */
export const startup: Scenario = async ({ repeat }) => {
  await timed([PROGRAM, "--help"]); // Fills Deno's caches.
  await timed([EMPTY]);
  const ratios: number[] = [];
  const starts = { help: [] as number[], empty: [] as number[] };
  while (ratios.length < repeat) {
    const help: number[] = [];
    const empty: number[] = [];
    while (help.length < STARTS) { // Alternates, so that both see the same machine.
      help.push(await timed([PROGRAM, "--help"]));
      empty.push(await timed([EMPTY]));
    }
    ratios.push(median(help) / median(empty));
    starts.help.push(...help);
    starts.empty.push(...empty);
  }
  const measurement: Measurement = {
    name: "chat --help, from start to end",
    runs: ratios,
    unit: "× empty",
    target: { atMost: MOST },
    beside: `${formatValue(median(starts.help))} ms, empty script ${
      formatValue(median(starts.empty))
    } ms`,
  };
  return [measurement];
};

/** Measures how long Deno needs to run a program, in milliseconds, on all cores, as for users. */
async function timed(program: readonly string[]): Promise<number> {
  const deno = [...DENO_RUN, "-A", ...program];
  const cores = `${CORES.server},${CORES.load}`;
  const command = new Deno.Command("taskset", { args: ["-c", cores, ...deno], stdout: "null" });
  const start = performance.now();
  const { success } = await command.output();
  const ms = performance.now() - start;
  if (!success) throw new Error(`"${deno.join(" ")}" failed`);
  return ms;
}
