import { deno } from "./deno.ts";
import { configFlags, ROOT } from "./project.ts";

/** A package of npm that the program stands on. */
export interface Package {
  /** Its name and version: `protobufjs@7.6.6`. */
  readonly id: string;
  /** The folder in Deno's cache that holds it. */
  readonly folder: string;
}

/** What the program consists of. */
export interface Graph {
  /** Its own files, from the folder of the project, in the order of their names. */
  readonly files: readonly string[];
  /** The packages, in the order of their names. */
  readonly packages: readonly Package[];
}

/** What `deno info --json` says of a program, as far as it matters here. */
interface Info {
  readonly modules: readonly { readonly specifier: string; readonly local?: string }[];
  readonly npmPackages: Readonly<Record<string, { readonly localPath: string }>>;
}

/** Finds what the program consists of by what it imports, and downloads what is not there. */
export async function graph(): Promise<Graph> {
  const program = [...configFlags(ROOT), "--frozen", `${ROOT}mod.ts`];
  await deno(["cache", "-q", ...program]);
  const info: Info = JSON.parse(await deno(["info", "--json", ...program]));
  const files = info.modules
    .filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ local }) => local!.slice(ROOT.length)); // Every file has a place.
  const packages = Object.entries(info.npmPackages)
    .map(([id, { localPath }]) => ({ id, folder: localPath }));
  return {
    files: files.sort(),
    packages: packages.sort((a, b) => a.id < b.id ? -1 : 1),
  };
}
