/**
 * Makes files of the program that run without Deno: `deno task compile` makes one for this machine,
 * `deno task dist` makes a whole release. `deno task install` makes the program a command that Deno
 * runs.
 *
 * @module
 */

import { EXIT, UsageError } from "../../cli/framework/exit.ts";
import { choice } from "../../cli/framework/flag_kinds.ts";
import type { Flag, Flags, Values } from "../../cli/framework/flags.ts";
import { standardOutput } from "../../cli/framework/output.ts";
import { runTask } from "../task.ts";
import { compile } from "./compile.ts";
import { BuildError } from "./deno.ts";
import { dist } from "./dist.ts";
import { graph } from "./graph.ts";
import { defaultRoot, install, installedHint } from "./install.ts";
import { Staging } from "./staging.ts";
import { TARGETS } from "./targets.ts";
import { toolchain } from "./toolchain.ts";

const NAMES = [...TARGETS.keys()];

const path = (value: string, help: string, fallback: string): Flag<string> => ({
  value,
  help,
  file: true,
  fallback,
  parse: (text) => text,
});

const compileFlags = {
  output: path("FILE", "file to make", "chat"),
  target: choice(NAMES, {
    value: "TARGET",
    help: "target machine",
    fallback: Deno.build.target,
    fallbackHelp: "this one",
  }),
};

const distFlags = {
  output: path("FOLDER", "output folder", "dist"),
  only: {
    value: "TARGETS",
    help: "target machines, separated by commas",
    fallback: NAMES,
    fallbackHelp: NAMES.join(", "),
    parse(text: string): string[] {
      const targets = text.split(",");
      const unknown = targets.find((target) => !TARGETS.has(target));
      if (unknown !== undefined) {
        throw new RangeError(`"${unknown}" is not one of ${NAMES.join(", ")}`);
      }
      return targets;
    },
  },
};

const installFlags = {
  name: {
    value: "NAME",
    help: "name of the command",
    fallback: "chat",
    parse(text: string): string {
      // As deno install has it.
      if (!/^[a-z0-9][\w-]*$/i.test(text)) {
        throw new RangeError('must be letters, digits, "-" and "_", with a letter or digit first');
      }
      // The command runs deno from the PATH, and would run itself.
      if (/^deno$/i.test(text)) throw new RangeError("is the name of Deno itself");
      return text;
    },
  },
  root: {
    value: "FOLDER",
    help: "parent of the folders bin for the command and lib for the program",
    file: true,
    fallback: undefined,
    fallbackHelp: "the default of deno install",
    parse: (text: string): string | undefined => text,
  },
};

async function runCompile({ output, target }: Values<typeof compileFlags>): Promise<void> {
  const used = await toolchain();
  await using staging = await Staging.make(await graph(), used);
  // The same as in Deno.
  const file = target.includes("windows") && !output.endsWith(".exe") ? `${output}.exe` : output;
  await compile({ staging, toolchain: used, target, output: file });
  await standardOutput.print(`${await described(file)} for ${target}\n`);
}

async function runDist(
  { output: folder, only: targets }: Values<typeof distFlags>,
): Promise<void> {
  const used = await toolchain();
  if (targets.length > 1 && used.stub !== undefined) {
    throw new UsageError("DENORT_BIN names one stub, and each target has its own: unset it");
  }
  const parts = await graph();
  await using staging = await Staging.make(parts, used);
  for (
    const name of await dist({ staging, graph: parts, toolchain: used, targets, folder })
  ) {
    await standardOutput.print(`${await described(`${folder}/${name}`)}\n`);
  }
}

async function runInstall(
  { name, root }: Values<typeof installFlags>,
): Promise<void> {
  await using staging = await Staging.make(await graph(), await toolchain());
  await install({ staging, name, root: root ?? defaultRoot() });
  await standardOutput.print(`${installedHint({ name, root, path: Deno.execPath() })}\n`);
}

/** Returns a function that runs `build` as a task, which fails if it throws a BuildError. */
function builder<F extends Flags>(
  summary: string,
  flags: F,
  build: (values: Values<F>) => Promise<void>,
): (name: string, args: readonly string[]) => Promise<number> {
  const run = async (values: Values<F>) => {
    try {
      await build(values);
      return EXIT.done;
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      standardOutput.report(`error: ${error.message}`);
      return EXIT.failed;
    }
  };
  return (name, args) => runTask({ name, summary, flags, run }, args);
}

const TASKS = new Map([
  ["compile", builder("make ./chat", compileFlags, runCompile)],
  ["dist", builder("make the files of a release", distFlags, runDist)],
  ["install", builder("make it a command", installFlags, runInstall)],
]);

async function described(file: string): Promise<string> {
  return `${file}: ${((await Deno.stat(file)).size / 1e6).toFixed(1)} MB`;
}

const [name = "", ...args] = Deno.args;
Deno.exitCode = await TASKS.get(name)!(name, args); // deno.json gives one of these names.
