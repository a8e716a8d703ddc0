import { denoAloud } from "./deno.ts";
import { CONFIG, programPermissions, ROOT } from "./project.ts";

/**
 * Installs the program as a command of this account, which Deno runs from this folder with the
 * permissions of a compiled file. Replaces an installed command of that name. Deno itself prints
 * where the command is and whether it is on the shell's path.
 */
export async function install(name: string): Promise<void> {
  const program = ["-c", ROOT + CONFIG, ...await programPermissions(), `${ROOT}mod.ts`];
  await denoAloud(["install", "--global", "--force", "--name", name, ...program]);
}
