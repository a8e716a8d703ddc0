/** The project's folder, with a slash at its end. */
export const ROOT = import.meta.dirname!.slice(0, -"tools/build".length); // A file has a folder.

/** The import map of this process, as a path from the folder of the project, if it has one. */
export const IMPORT_MAP = import.meta.resolve("@std/assert").startsWith("jsr:")
  ? undefined
  : "npm_only/imports.json";

/** The files that configure the program, as paths from the folder of the project. */
export const CONFIG_FILES: readonly string[] = [
  "deno.json",
  "deno.lock",
  ...IMPORT_MAP === undefined ? [] : [IMPORT_MAP],
];

/**
 * The flags with which Deno runs the program in `folder` as it runs this process: with the packages
 * of deno.json or of the import map.
 */
export function configFlags(folder: string): string[] {
  const config = ["-c", `${folder}deno.json`];
  return IMPORT_MAP === undefined ? config : [...config, `--import-map=${folder}${IMPORT_MAP}`];
}

/** The words that run a program in the folder of this project, up to its permissions. */
export const DENO_RUN: readonly string[] = [Deno.execPath(), "run", "-q", ...configFlags(ROOT)];
