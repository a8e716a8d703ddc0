/**
 * A soak: many people come and go for long, and the memory, the descriptors and the latency of their
 * server must stay flat.
 *
 * deno run … tests/chaos/soak/soak.ts --minutes 30
 *
 * @module
 */

import { file, integer } from "../../../cli/framework/flag_kinds.ts";
import type { Values } from "../../../cli/framework/flags.ts";
import { formatCount } from "../../../text/number.ts";
import { runTask } from "../../../tools/task.ts";
import { drawSoak, judgeSoak } from "./judge_soak.ts";
import { runSoak, type Sample } from "./run_soak.ts";

const flags = {
  minutes: integer({
    value: "MINUTES",
    help: "length, of which the first third is not judged",
    fallback: 30,
    min: 1,
    max: 100_000,
  }),
  clients: integer({
    value: "CLIENTS",
    help: "number of people who are there at any time",
    fallback: 200,
    min: 1,
    max: 1_000,
  }),
  seed: integer({
    value: "SEED",
    help: "start of the random numbers; the same one gives the same visits",
    fallback: 1,
    min: 0,
    max: 2 ** 32 - 1,
  }),
  svg: file({ value: "FILE", help: "file for the picture", fallbackHelp: "soak.svg" }),
};

/** The figures in words. */
const WORDS: Readonly<Record<keyof Sample, string>> = {
  seconds: "time",
  rssMib: "memory of the server",
  descriptors: "descriptors of the server",
  p50Ms: "time until a note is accepted",
  p99Ms: "time until 99 % of the notes are accepted",
  notes: "notes",
};

/** The number of samples, whatever the length. */
const SAMPLES = 120;
/** The number of notes that the server keeps in each room: so few that it has them all early. */
const KEEP = 1_000;

async function main(
  { minutes, clients, seed, svg = "soak.svg" }: Values<typeof flags>,
): Promise<number> {
  const title = `${clients} people coming and going for ${minutes} min, seed ${seed}`;
  print(title);
  const { samples, problems, problemCount, visits } = await runSoak({
    ...{ seed, clients, samples: SAMPLES, everyMs: minutes * 60_000 / SAMPLES, keep: KEEP },
    visitMs: { min: 2_000, max: 60_000 },
    maxPauseMs: 10_000,
    onSample: (sample) => print(format(sample)),
  });
  await Deno.writeTextFile(svg, drawSoak(title, samples));
  const notes = samples.reduce((sum, sample) => sum + sample.notes, 0);
  print(`${visits} visits, ${notes} notes, ${problemCount} problems; picture in ${svg}`);
  for (const problem of problems) print(`PROBLEM: ${problem}`);
  const trends = judgeSoak(samples);
  for (const { figure, unit, median, growth, bound, isFlat } of trends) {
    const figures = [median, growth, bound].map((number) => `${number.toFixed(1)} ${unit}`.trim());
    const [middle, grown, most] = figures;
    const words = `median ${middle}, grew by ${grown}, which may be up to ${most}`;
    print(`${isFlat ? "flat" : "NOT FLAT"}: ${WORDS[figure]}: ${words}`);
  }
  const isOk = problems.length === 0 && trends.every(({ isFlat }) => isFlat);
  print(isOk ? "ok" : "FAILED");
  return isOk ? 0 : 1;
}

function format({ seconds, rssMib, descriptors, p50Ms, p99Ms, notes }: Sample): string {
  const server = `memory ${rssMib.toFixed(1)} MiB, ${descriptors} descriptors`;
  const latency = `accepted in ${p50Ms.toFixed(1)} ms (99 %: ${p99Ms.toFixed(1)} ms)`;
  const posted = notes === 0 ? "no notes" : `${formatCount(notes, "note")} ${latency}`;
  return `${seconds.toFixed(0)} s: ${server}, ${posted}`;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) {
  const summary = "let many people come and go for long, and check that their server stays flat";
  Deno.exitCode = await runTask({ name: "soak", summary, flags, run: main }, Deno.args);
}
