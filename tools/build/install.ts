import { denoAloud } from "./deno.ts";
import { CONFIG, programPermissions, ROOT } from "./project.ts";

/**
 * Makes the program a command of this account, run by Deno from this folder, with the
 * permissions that a compiled file has; what is there under that name is replaced. Deno itself
 * says where it is, and whether the shell finds it there.
 */
export async function install(name: string): Promise<void> {
  const program = ["-c", ROOT + CONFIG, ...await programPermissions(), `${ROOT}mod.ts`];
  await denoAloud(["install", "--global", "--force", "--name", name, ...program]);
}
