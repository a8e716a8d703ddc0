import type { Package } from "./graph.ts";

/** The files in which a package states its license. */
const LICENSE = /^(?:licen[cs]e|copying|notice)/i;

/** The licenses of all packages, whose texts a compiled file leaves out. */
export async function collectLicenses(packages: readonly Package[]): Promise<string> {
  const texts: string[] = [];
  for (const { id, folder } of packages) {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const names = entries.filter((entry) => entry.isFile).map((entry) => entry.name);
    for (const name of names.filter((name) => LICENSE.test(name)).sort()) {
      texts.push(`${id}\n\n${(await Deno.readTextFile(`${folder}/${name}`)).trim()}\n`);
    }
  }
  return texts.join(`\n${"-".repeat(72)}\n\n`);
}
