import { BuildError } from "./deno.ts";
import type { Graph, Package } from "./graph.ts";
import { ROOT } from "./project.ts";
import type { Toolchain } from "./toolchain.ts";

/** The files in which a package states its license. */
const LICENSE = /^(?:licen[cs]e|copying|notice)/i;

/** A script that starts with its license. */
const LICENSED_HEAD = /^\/\/ Copyright .*\n(?:\/\/.*\n)+/;

/** The copyright of Deno and of its standard library. Their license is MIT, as ours is. */
const DENO_COPYRIGHT = "Copyright 2018-2026 the Deno authors";

const LINE = `\n${"-".repeat(72)}\n\n`;

/**
 * The licenses of all parts of a compiled file, which leaves out their texts: this program, Deno
 * and the packages.
 *
 * @throws {BuildError} if the license of a part is not known.
 */
export async function collectLicenses(
  { packages, jsrPackages }: Pick<Graph, "packages" | "jsrPackages">,
  { version }: Pick<Toolchain, "version">,
): Promise<string> {
  const own = (await Deno.readTextFile(`${ROOT}LICENSE`)).trim();
  const deno = denoLicense(own);
  const foreign = jsrPackages.find((id) => !id.startsWith("@std/"));
  if (foreign !== undefined) throw noLicense(foreign);
  const source = `https://github.com/denoland/deno/tree/v${version}`;
  return [
    `chat\n\n${own}\n`,
    `Deno ${version}, with V8 and other parts, listed at ${source}\n\n${deno}\n`,
    ...jsrPackages.map((id) => `${id}\n\n${deno}\n`),
    ...(await Promise.all(packages.map(readLicenses))).flat(),
  ].join(LINE);
}

/**
 * Makes Deno's license from this program's.
 *
 * @throws {BuildError} if this program's license is not MIT.
 */
export function denoLicense(own: string): string {
  const license = own.replace(/^Copyright .*$/m, DENO_COPYRIGHT);
  if (!own.startsWith("MIT License\n") || license === own) {
    throw new BuildError("LICENSE is not the MIT License, from which Deno's license is made");
  }
  return license;
}

async function readLicenses({ id, folder }: Package): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const names = entries.filter((entry) => entry.isFile && LICENSE.test(entry.name))
    .map((entry) => entry.name).sort();
  const texts = names.length > 0
    ? await Promise.all(names.map((name) => Deno.readTextFile(`${folder}/${name}`)))
    : await readHeads(folder);
  if (texts.length === 0) throw noLicense(id);
  return texts.map((text) => `${id}\n\n${text.trim()}\n`);
}

/**
 * The licenses that a package states at the start of its scripts instead of in a file, each once,
 * as that of `@bufbuild/protobuf`. Such a license refers to a text that another package has.
 */
async function readHeads(folder: string): Promise<string[]> {
  const heads = new Set<string>();
  for (const entry of await Array.fromAsync(Deno.readDir(folder))) {
    const path = `${folder}/${entry.name}`;
    const found = entry.isDirectory
      ? await readHeads(path)
      : entry.name.endsWith(".js")
      ? LICENSED_HEAD.exec(await Deno.readTextFile(path)) ?? []
      : [];
    for (const head of found) heads.add(head.replaceAll(/^\/\/ ?/gm, ""));
  }
  return [...heads].sort();
}

function noLicense(id: string): BuildError {
  return new BuildError(`The license of ${id} is not known`);
}
