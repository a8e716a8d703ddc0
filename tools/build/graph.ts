import { deno } from "./deno.ts";
import { configFlags, ROOT } from "./project.ts";

/** An npm package that the program uses. */
export interface Package {
  /** Its name and version: `protobufjs@7.6.6`. */
  readonly id: string;
  /** Its folder in Deno's cache. */
  readonly folder: string;
}

/** The parts of the program. */
export interface Graph {
  /** Its own files, relative to the project's folder, sorted by name. */
  readonly files: readonly string[];
  /** The packages, sorted by name. */
  readonly packages: readonly Package[];
}

/** The parts of the output of `deno info --json` that are used here. */
interface Info {
  readonly modules: readonly { readonly specifier: string; readonly local?: string }[];
  readonly npmPackages: Readonly<Record<string, { readonly localPath: string }>>;
}

/** Finds the parts of the program through its imports, and downloads missing ones. */
export async function graph(): Promise<Graph> {
  const program = [...configFlags(ROOT), "--frozen", `${ROOT}mod.ts`];
  await deno(["cache", "-q", ...program]);
  const info: Info = JSON.parse(await deno(["info", "--json", ...program]));
  const files = info.modules
    .filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ local }) => local!.slice(ROOT.length)); // Every file has a location.
  const packages = Object.entries(info.npmPackages)
    .map(([id, { localPath }]) => ({ id, folder: localPath }));
  return {
    files: files.sort(),
    packages: packages.sort((a, b) => a.id < b.id ? -1 : 1),
  };
}
