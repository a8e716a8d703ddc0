import { COMMANDS } from "../../cli/table.ts";
import { allowingAll, parsePermissions } from "./permissions.ts";

/** The project's folder, with a slash at its end. */
export const ROOT = import.meta.dirname!.slice(0, -"tools/build".length); // A file has a folder.

/**
 * The configuration of this process and of every process it starts, relative to the project's
 * folder.
 */
export const CONFIG = import.meta.resolve("@std/assert").startsWith("jsr:")
  ? "deno.json"
  : "npm_only/deno.json";

/**
 * The permissions of the whole program as flags for Deno: the union over the tasks of its commands.
 */
export async function programPermissions(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(ROOT + CONFIG));
  return allowingAll(COMMANDS.map(({ name }) => parsePermissions(tasks[name].command)));
}
