import { deno } from "./deno.ts";
import { CONFIG, programPermissions, ROOT } from "./project.ts";

/**
 * Makes the program a command of this account, run by Deno from this folder, with the
 * permissions that a compiled file has; what is there under that name is replaced.
 */
export async function install(name: string): Promise<void> {
  const program = ["-c", ROOT + CONFIG, ...await programPermissions(), `${ROOT}mod.ts`];
  await deno(["install", "--global", "--quiet", "--force", "--name", name, ...program]);
}
