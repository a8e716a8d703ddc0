import path from "node:path";
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
  /** The npm packages, sorted by name. */
  readonly packages: readonly Package[];
  /** The JSR packages, as `@std/cli@1.0.28`, sorted by name. */
  readonly jsrPackages: readonly string[];
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
    .map(({ local }) => projectPath(local!)); // Every file has a location.
  const packages = Object.entries(info.npmPackages)
    .map(([id, { localPath }]) => ({ id, folder: localPath }));
  return {
    files: files.sort(),
    packages: packages.sort((a, b) => a.id < b.id ? -1 : 1),
    jsrPackages: findJsrPackages(info.modules.map(({ specifier }) => specifier)),
  };
}

/** The path of a file from the project's folder on, with slashes on every system. */
export function projectPath(local: string, root = ROOT, { sep } = path): string {
  return local.slice(root.length).replaceAll(sep, "/");
}

/** The JSR packages that modules are in, sorted by name. */
export function findJsrPackages(specifiers: readonly string[]): string[] {
  const ids = specifiers.map((specifier) => {
    const [, name, version] = /^https:\/\/jsr\.io\/(@[^/]+\/[^/]+)\/([^/]+)\//.exec(specifier) ??
      [];
    return name && `${name}@${version}`;
  });
  return [...new Set(ids.filter((id) => id !== undefined))].sort();
}
