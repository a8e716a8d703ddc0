/**
 * Makes files of the program that run without Deno: `deno task compile` makes one for this machine,
 * `deno task dist` makes a whole release. `deno task install` makes the program a command that Deno
 * runs.
 *
 * @module
 */

import { columns } from "../../cli/framework/columns.ts";
import { EXIT, UsageError } from "../../cli/framework/exit.ts";
import { choice } from "../../cli/framework/flag_kinds.ts";
import { type Flag, flagRows, parseFlags } from "../../cli/framework/flags.ts";
import { compile } from "./compile.ts";
import { BuildError } from "./deno.ts";
import { dist } from "./dist.ts";
import { graph } from "./graph.ts";
import { install } from "./install.ts";
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
    parse: (text: string) => text,
  },
  root: {
    value: "FOLDER",
    help: "put the command in the folder bin of this one",
    file: true,
    fallback: undefined,
    fallbackHelp: "where deno install does",
    parse: (text: string): string | undefined => text,
  },
};

async function runCompile(args: readonly string[]): Promise<void> {
  const { output, target } = parseFlags(compileFlags, args, () => undefined);
  const used = await toolchain();
  await using staging = await Staging.make(await graph(), used);
  // The same as in Deno.
  const file = target.includes("windows") && !output.endsWith(".exe") ? `${output}.exe` : output;
  await compile({ staging, toolchain: used, target, output: file });
  await print(`${await described(file)} for ${target}`);
}

async function runDist(args: readonly string[]): Promise<void> {
  const { output: folder, only: targets } = parseFlags(distFlags, args, () => undefined);
  const used = await toolchain();
  if (targets.length > 1 && used.stub !== undefined) {
    throw new UsageError("DENORT_BIN names one stub, and each target has its own: unset it");
  }
  const parts = await graph();
  await using staging = await Staging.make(parts, used);
  for (
    const name of await dist({ staging, graph: parts, toolchain: used, targets, folder })
  ) {
    await print(await described(`${folder}/${name}`));
  }
}

async function runInstall(args: readonly string[]): Promise<void> {
  const { name, root } = parseFlags(installFlags, args, () => undefined);
  await install({ name, root });
  await print(
    `${name} runs from this folder, by the deno that is on the PATH. If npx has run this one, ` +
      `get it by: npm install -g deno@${Deno.version.deno}`,
  );
}

/** The function for each name that `deno task` calls, with its flags. */
const COMMANDS = new Map([
  ["compile", { summary: "make ./chat", flags: compileFlags, run: runCompile }],
  ["dist", { summary: "make the files of a release", flags: distFlags, run: runDist }],
  ["install", { summary: "make it a command", flags: installFlags, run: runInstall }],
]);

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  try {
    const command = COMMANDS.get(name);
    if (!command) throw new UsageError(`Unknown command "${name}"`);
    if (args.includes("--help") || args.includes("-h")) {
      const rows = [...flagRows(command.flags), ["--help, -h", "show this help"] as const];
      await print(`deno task ${name}: ${command.summary}\n\nOptions:\n${columns(rows).join("\n")}`);
      return EXIT.done;
    }
    await command.run(args);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof BuildError)) throw error;
    await Deno.stderr.write(new TextEncoder().encode(`error: ${error.message}\n`));
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

async function described(file: string): Promise<string> {
  return `${file}: ${((await Deno.stat(file)).size / 1e6).toFixed(1)} MB`;
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

Deno.exitCode = await main(Deno.args);
