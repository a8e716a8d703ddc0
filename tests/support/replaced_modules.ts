/**
 * The program with some of its modules replaced, to see what becomes of the rest.
 *
 * @module
 */

import { CONFIG, permissionsOf, Process, PROGRAM, type StartOptions } from "./program.ts";

/** Starts `chat serve` with other sources in the place of modules, which are given by their paths. */
export async function startWithModules(
  sources: Readonly<Record<string, string>>,
  options: StartOptions = {},
): Promise<Process & { address: string }> {
  const importMap = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(importMap, JSON.stringify({ imports: await importsWith(sources) }));
    const run = ["run", "-q", "--no-config", "--import-map", importMap, "--no-lock"];
    const flags = ["--port", "0", "--quiet", "--data", ":memory:"];
    const words = [...run, ...permissionsOf("serve"), PROGRAM, "serve", ...flags];
    const server = new Process(Deno.execPath(), words, options);
    const [, address] = await server.waitFor(/^listening on (\S+)$/m);
    return Object.assign(server, { address: address! });
  } finally {
    await Deno.remove(importMap);
  }
}

/** The import map that is in the configuration, with other modules in the place of some. */
async function importsWith(
  sources: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG));
  const folder = CONFIG.slice(0, CONFIG.lastIndexOf("/") + 1);
  for (const [name, target] of Object.entries<string>(imports)) {
    if (target.startsWith(".")) imports[name] = new URL(target, `file://${folder}`).href;
    // What is in a package goes with it; in a configuration that needs no words.
    if (target.startsWith("npm:")) imports[`${name}/`] = target.replace("npm:", "npm:/") + "/";
  }
  for (const [path, source] of Object.entries(sources)) {
    const { href } = new URL(`../../${path}`, import.meta.url);
    imports[href] = `data:text/javascript,${encodeURIComponent(source)}`;
  }
  return imports;
}
