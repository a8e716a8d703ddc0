/**
 * Plants faults in copies of the project, and runs the tests that must notice each: a test suite is
 * worth what it notices. The list is in `faults/`.
 *
 * deno task mutations --only room/state/room.ts
 *
 * @module
 */

import { EXIT, UsageError } from "../../cli/framework/exit.ts";
import { integer, toggle } from "../../cli/framework/flag_kinds.ts";
import type { Values } from "../../cli/framework/flags.ts";
import { standardOutput } from "../../cli/framework/output.ts";
import { runTask } from "../task.ts";
import { numbered, type NumberedFault } from "./faults/fault.ts";
import { FAULTS } from "./faults/faults.ts";
import { FailingTestError, runFaults } from "./run_faults.ts";

const flags = {
  only: {
    value: "FILE|NUMBER[,...]",
    help: "plant only the faults in these files or folders, or with these numbers",
    fallback: undefined,
    fallbackHelp: "all",
    parse: (text: string) => text.split(",").map((word) => word.trim()),
  },
  jobs: integer({
    value: "JOBS",
    help: "number of copies of the project in which tests run at the same time",
    fallback: 1,
    min: 1,
    max: 64,
  }),
  list: toggle("list the faults, and run nothing"),
};

async function main(values: Values<typeof flags>): Promise<number> {
  try {
    return await plantAll(values);
  } catch (error) {
    if (!(error instanceof FailingTestError)) throw error;
    standardOutput.report(`FAILED: ${error.message}`);
    return EXIT.failed;
  }
}

async function plantAll({ only, jobs, list }: Values<typeof flags>): Promise<number> {
  const faults = choose(numbered(FAULTS), only);
  if (list) {
    await print(faults.map(describe).join("\n"));
    return EXIT.done;
  }
  const stop = new AbortController();
  const onStop = () => stop.abort(new Error("stopped"));
  Deno.addSignalListener("SIGINT", onStop);
  const { caught, survived, hung, stale } = await runFaults(faults, {
    jobs,
    signal: stop.signal,
    onFault: (fault, result, seconds) =>
      void print(`${result} in ${seconds.toFixed(1)} s: ${describe(fault)}`),
    onStale: (reason) => void print(`STALE: ${reason}`),
  }).finally(() => Deno.removeSignalListener("SIGINT", onStop));
  for (const fault of survived) await print(`SURVIVED: ${describe(fault)}`);
  for (const fault of hung) await print(`HUNG: ${describe(fault)}`);
  const counts = Object.entries({ caught, survived, hung, stale });
  await print(counts.map(([result, { length }]) => `${length} ${result}`).join(", "));
  return caught.length === faults.length ? EXIT.done : EXIT.failed;
}

/** Returns the faults that words mean: each a number, a file or a folder. */
function choose(
  all: readonly NumberedFault[],
  words: readonly string[] | undefined,
): readonly NumberedFault[] {
  if (!words) return all;
  const means = (word: string) => ({ number, file }: NumberedFault) =>
    word === String(number) || word === file || file.startsWith(word.replace(/\/?$/, "/"));
  for (const word of words) {
    if (!all.some(means(word))) {
      throw new UsageError(
        `--only "${word}": must be a file or folder with faults, or a number from 1 to ${all.length}`,
      );
    }
  }
  return all.filter((fault) => words.some((word) => means(word)(fault)));
}

function describe({ number, file, seen }: NumberedFault): string {
  return `${number} ${file}: ${seen}`;
}

function print(line: string): Promise<void> {
  return standardOutput.print(`${line}\n`);
}

if (import.meta.main) {
  const summary = "plant faults in copies of the project, and check that a test notices each";
  Deno.exitCode = await runTask({ name: "mutations", summary, flags, run: main }, Deno.args);
}
