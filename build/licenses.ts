import type { Package } from "./graph.ts";

/** Where a package says under which terms it may be passed on. */
const LICENSE = /^(?:licen[cs]e|copying|notice)/i;

/** The terms of all packages, whose texts the compiled file leaves out. */
export async function licensesOf(packages: readonly Package[]): Promise<string> {
  const texts: string[] = [];
  for (const { id, folder } of packages) {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !LICENSE.test(name)) continue;
      texts.push(`${id}\n\n${(await Deno.readTextFile(`${folder}/${name}`)).trim()}\n`);
    }
  }
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}
