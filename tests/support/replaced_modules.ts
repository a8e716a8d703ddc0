/**
 * The program with some of its modules replaced, to test the others.
 *
 * @module
 */

import { CONFIG, permissionsOf, Process, PROGRAM, type StartOptions } from "./program.ts";

/** Starts `chat serve` with other sources for some modules, which are given by their paths. */
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

/** The import map of the configuration, with some modules replaced. */
async function importsWith(
  sources: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const { imports } = JSON.parse(await Deno.readTextFile(CONFIG));
  const folder = CONFIG.slice(0, CONFIG.lastIndexOf("/") + 1);
  for (const [name, target] of Object.entries<string>(imports)) {
    if (target.startsWith(".")) imports[name] = new URL(target, `file://${folder}`).href;
    // Relative imports inside a package follow it. In a configuration this needs no entry.
    if (target.startsWith("npm:")) imports[`${name}/`] = target.replace("npm:", "npm:/") + "/";
  }
  for (const [path, source] of Object.entries(sources)) {
    const { href } = new URL(`../../${path}`, import.meta.url);
    imports[href] = `data:text/javascript,${encodeURIComponent(source)}`;
  }
  return imports;
}
