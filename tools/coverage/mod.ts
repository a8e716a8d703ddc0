/**
 * Measures which lines of the program the tests run: `deno task coverage`, `--help` says how. The
 * processes that tests start count, too. CONTRIBUTING.md says what the figure does not see.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import { resolve } from "node:path";
import { EXIT, UsageError } from "../../cli/framework/exit.ts";
import { toggle } from "../../cli/framework/flag_kinds.ts";
import type { Values } from "../../cli/framework/flags.ts";
import { standardOutput } from "../../cli/framework/output.ts";
import { readFiles } from "../arrows.ts";
import { BuildError, deno, denoAloud } from "../build/deno.ts";
import { configFlags, ROOT } from "../build/project.ts";
import { folderOf } from "../folders/folders.ts";
import { PROGRAM } from "../folders/program.ts";
import { runTask } from "../task.ts";
import { type ModuleCoverage, parseLcov } from "./lcov.ts";
import { coverageReport } from "./report.ts";

const flags = {
  lines: toggle("list all modules with lines that did not run, and these lines"),
  tests: {
    value: "TESTS",
    operand: "optional",
    several: true,
    help: "files and folders of tests to run, from the top of the project",
    fallback: "tests",
    parse: (text: string) => text,
  },
} as const;

async function main({ lines, tests }: Values<typeof flags>): Promise<number> {
  const paths = tests.split(" ");
  for (const path of paths) await checkPath(path);
  const profiles = await Deno.makeTempDir();
  try {
    const passed = await test(paths, profiles);
    // Deno has said why: there are no tests, or none could be loaded.
    if ((await Array.fromAsync(Deno.readDir(profiles))).length === 0) return EXIT.failed;
    const modules = await measured(profiles);
    const options = { unloaded: await unloaded(modules), isDetailed: lines };
    await standardOutput.print([...coverageReport(modules, options), ""].join("\n"));
    return passed ? EXIT.done : EXIT.failed;
  } finally {
    await Deno.remove(profiles, { recursive: true });
  }
}

/**
 * Checks that there is such a file or folder.
 *
 * @throws {UsageError} if there is not.
 */
async function checkPath(path: string): Promise<void> {
  try {
    await Deno.stat(resolve(ROOT, path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const words = "there is no such file or folder in the project";
    throw new UsageError(`${flags.tests.value} "${path}": ${words}`, { cause: error });
  }
}

/** Runs tests as `deno task test` does, and returns whether they have passed. */
async function test(paths: readonly string[], profiles: string): Promise<boolean> {
  const watched = [`--coverage=${profiles}`, "--coverage-raw-data-only"];
  const deadline = `--preload=${ROOT}tests/support/default_timeout.ts`;
  try {
    await denoAloud([
      ...["test", "-q", ...configFlags(ROOT), "-P=test", deadline, "--parallel", ...watched],
      ...paths,
    ]);
    return true;
  } catch (error) {
    if (error instanceof BuildError) return false; // Its output says which failed.
    throw error;
  }
}

/** Adds up the profiles of all processes. */
async function measured(profiles: string): Promise<ModuleCoverage[]> {
  const modules = parseLcov(await deno(["coverage", "-q", "--lcov", profiles]));
  return modules.flatMap(({ path, ...rest }) => {
    const own = path.startsWith(ROOT) ? path.slice(ROOT.length) : "";
    return isMeasured(own) ? [{ ...rest, path: own }] : [];
  });
}

/** Whether a module is part of the program, and not generated. */
function isMeasured(path: string): boolean {
  const folder = PROGRAM[folderOf(path)];
  return path.endsWith(".ts") && folder !== undefined && !folder.isGenerated;
}

/** The modules with code that have no profile. */
async function unloaded(modules: readonly ModuleCoverage[]): Promise<string[]> {
  const loaded = new Set(modules.map(({ path }) => path));
  const files = [...await readFiles(ROOT)];
  return files.flatMap(([path, source]) =>
    isMeasured(path) && !loaded.has(path) && hasCode(source) ? [path] : []
  ).sort();
}

/** Whether a module is more than types and imports. */
function hasCode(source: string): boolean {
  let script: string;
  try {
    script = stripTypeScriptTypes(source);
  } catch (error) {
    if (error instanceof SyntaxError) return true; // Types cannot be removed from all code.
    throw error;
  }
  script = script.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  return script.replaceAll(/^import\b[^;]*;|^export \{\s*\};/gm, "").trim() !== "";
}

if (import.meta.main) {
  const summary = "run the tests, and report which lines of the program ran";
  Deno.exitCode = await runTask({ name: "coverage", summary, flags, run: main }, Deno.args);
}
