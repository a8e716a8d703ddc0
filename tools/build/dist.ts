import { compile } from "./compile.ts";
import { BuildError } from "./deno.ts";
import type { Graph } from "./graph.ts";
import { collectLicenses } from "./licenses.ts";
import type { Staging } from "./staging.ts";
import { TARGETS } from "./targets.ts";
import type { Toolchain } from "./toolchain.ts";

/** The input and output of a release. */
export interface DistOptions {
  /** The program. */
  readonly staging: Staging;
  /** Its parts. */
  readonly graph: Graph;
  /** The Deno that compiles it. */
  readonly toolchain: Toolchain;
  /** The target machines, from {@linkcode TARGETS}. */
  readonly targets: readonly string[];
  /** The output folder. */
  readonly folder: string;
}

/**
 * Makes the files of a release: one for each target, the licenses of its parts, and `SHA256SUMS`,
 * which is written last and only if all others exist.
 *
 * @returns the names of the files it lists.
 * @throws {BuildError} naming every target that failed to compile.
 */
export async function dist(
  { staging, graph, toolchain, targets, folder }: DistOptions,
): Promise<string[]> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.remove(`${folder}/SHA256SUMS`).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const failures: BuildError[] = [];
  for (const target of targets) {
    try {
      await compile({ staging, toolchain, target, output: `${folder}/${TARGETS.get(target)}` });
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new BuildError(failures.map(({ message }) => message).join("\n"));
  await Deno.writeTextFile(`${folder}/LICENSES.txt`, await collectLicenses(graph, toolchain));
  const names = [...targets.map((target) => TARGETS.get(target)!), "LICENSES.txt"].sort();
  const sums = await Promise.all(names.map((name) => sha256(`${folder}/${name}`)));
  await Deno.writeTextFile(
    `${folder}/SHA256SUMS`,
    names.map((name, i) => `${sums[i]}  ${name}\n`).join(""),
  );
  return names;
}

async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}
