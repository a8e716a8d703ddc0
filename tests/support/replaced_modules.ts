/**
 * The program with some of its modules replaced, to test the others.
 *
 * @module
 */

import { IMPORT_MAP, ROOT } from "../../tools/build/project.ts";
import { Process, PROGRAM, type StartOptions } from "./program.ts";

/** Starts `chat serve` with other sources for some modules, which are given by their paths. */
export async function startWithModules(
  sources: Readonly<Record<string, string>>,
  options: StartOptions = {},
): Promise<Process & { address: string }> {
  const importMap = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(importMap, JSON.stringify({ imports: await importsWith(sources) }));
    const config = ["-c", `${ROOT}deno.json`, `--import-map=${importMap}`, "--no-lock"];
    const flags = ["--port", "0", "--quiet", "--data", ":memory:"];
    const run = ["run", "-q", ...config, "--no-prompt", "-P=serve", PROGRAM];
    const server = new Process(Deno.execPath(), [...run, "serve", ...flags], options);
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
    imports[href] = `data:text/javascript,${encodeURIComponent(source)}`;
  }
  return imports;
}
