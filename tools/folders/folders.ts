/**
 * The folders of this project, with the purpose and the allowed imports of each. The lint rule in
 * `../layers.ts` checks every import against this table, and `../arrows.ts` prints it and looks for
 * circles.
 *
 * Arrows point one way: from the program down to `text/`. Every folder that has a module is here.
 *
 * @module
 */

import { EXAMPLES } from "./examples.ts";
import type { Folder } from "./folder.ts";
import { PROGRAM } from "./program.ts";
import { TESTS } from "./tests.ts";
import { TOOLS } from "./tools.ts";

/** Every folder with modules in it, and every module at the top. */
export const FOLDERS: Readonly<Record<string, Folder>> = {
  ...PROGRAM,
  ...EXAMPLES,
  ...TOOLS,
  ...TESTS,
};

/** The most files that a folder may have. */
export const MAX_FILES = 20;

/** The folder of a path; a module at the top stands for itself. */
export function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : path;
}

/** Returns why a module may not import another, both given by their paths; undefined if it may. */
export function forbidden(from: string, to: string): string | undefined {
  const [folder, target] = [folderOf(from), folderOf(to)];
  const known = FOLDERS[folder];
  if (!known) return `${folder} is missing from tools/folders/`;
  if (folder === target || known.imports.includes(target)) return undefined;
  return `${folder} may not import ${target}`;
}
