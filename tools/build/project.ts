import { COMMANDS } from "../../cli/table.ts";
import { allowingAll, parsePermissions } from "./permissions.ts";

/** The folder of this project, with a slash at its end. */
export const ROOT = import.meta.dirname!.slice(0, -"tools/build".length); // A file has a folder.

/** The configuration that this runs under, and with it whatever it makes, from the folder of the project. */
export const CONFIG = import.meta.resolve("@std/assert").startsWith("jsr:")
  ? "deno.json"
  : "npm_only/deno.json";

/** What the whole program may do, as flags for Deno: whatever the task of any of its commands allows. */
export async function programPermissions(): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(ROOT + CONFIG));
  return allowingAll(COMMANDS.map(({ name }) => parsePermissions(tasks[name].command)));
}
