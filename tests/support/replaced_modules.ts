/**
 * The program with some of its modules replaced, to test the others.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { IMPORT_MAP, ROOT } from "../../tools/build/project.ts";
import { Process, PROGRAM, type StartOptions } from "./program.ts";

/** The options for starting a server with other modules. */
export interface ModulesOptions extends StartOptions {
  /** Its arguments. Default: a free port, a log in memory, no output. */
  readonly args?: readonly string[];
}

const ARGS = ["--port", "0", "--quiet", "--data", ":memory:"];

/** Starts `chat serve` with other sources for some modules, which are given by their paths. */
export async function startWithModules(
  sources: Readonly<Record<string, string>>,
  { args = ARGS, ...options }: ModulesOptions = {},
): Promise<Process & { address: string }> {
  const importMap = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(importMap, JSON.stringify({ imports: await importsWith(sources) }));
    const config = ["-c", `${ROOT}deno.json`, `--import-map=${importMap}`, "--no-lock"];
    const run = ["run", "-q", ...config, "--no-prompt", "-P=serve", PROGRAM];
    const server = new Process(Deno.execPath(), [...run, "serve", ...args], options);
    const [, address] = await server.waitFor(/^listening on (\S+)$/m);
    return Object.assign(server, { address: address! });
  } finally {
    await Deno.remove(importMap);
  }
}

/** The import map of this process, with other modules in the place of some. */
async function importsWith(
  sources: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const file = ROOT + (IMPORT_MAP ?? "deno.json");
  const { imports } = JSON.parse(await Deno.readTextFile(file));
  for (const [name, target] of Object.entries<string>(imports)) {
    if (target.startsWith(".")) imports[name] = new URL(target, `file://${file}`).href;
    // An import map names the files of a package apart; deno.json need not.
    if (target.startsWith("npm:") && !name.endsWith("/")) {
      imports[`${name}/`] = target.replace("npm:", "npm:/") + "/";
    }
  }
  for (const [path, source] of Object.entries(sources)) {
    const { href } = new URL(`../../${path}`, import.meta.url);
    imports[href] = `data:application/typescript,${encodeURIComponent(source)}`;
  }
  return imports;
}

/** The change of one place in a module. */
export interface Patch {
  /** The path of the module. */
  readonly path: string;
  /** The text in place of which `to` is, which must be there once. */
  readonly from: string;
  readonly to: string;
}

/** Returns the sources of modules with a change, for {@linkcode startWithModules}. */
export async function patched(patches: readonly Patch[]): Promise<Record<string, string>> {
  const sources: Record<string, string> = {};
  for (const { path, from, to } of patches) {
    const { href } = new URL(`../../${path}`, import.meta.url);
    const source = sources[path] ?? withFullImports(await Deno.readTextFile(new URL(href)), href);
    const places = source.split(from).length - 1;
    assertEquals(places, 1, `${path} has this text ${places} times: ${from}`);
    sources[path] = source.replace(from, () => to);
  }
  return sources;
}

/** Names the modules that a module imports in full, so that it can be anywhere. */
function withFullImports(source: string, href: string): string {
  return source.replace(
    /(\bfrom |\bimport\(|^import )"(\.[^"]+)"/gm,
    (_, before, path) => `${before}"${new URL(path, href)}"`,
  );
}
