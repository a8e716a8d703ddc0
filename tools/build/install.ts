import { denoAloud } from "./deno.ts";
import { configFlags, IMPORT_MAP, ROOT } from "./project.ts";

/** A permission set of deno.json: the allowed values of each kind. */
export type PermissionSet = Readonly<Record<string, Allowed | Permission>>;

/** Everything, or a list of values. */
type Allowed = true | readonly string[];

/** A permission that also says what happens to the rest. */
interface Permission {
  readonly allow?: Allowed;
  /** Whether the rest looks as if it were not there, instead of being an error. */
  readonly ignore?: true;
}

/** The command to make. */
export interface InstallOptions {
  /** Its name. A command of that name is replaced. */
  readonly name: string;
  /** The folder in whose `bin` it goes. Default: the one where Deno installs commands. */
  readonly root: string | undefined;
}

/**
 * Makes the program a command of this account, run by Deno from this folder, with the default
 * permissions of deno.json. Deno itself prints where it is, and whether the shell finds it there.
 */
export async function install({ name, root }: InstallOptions): Promise<void> {
  const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  // Deno installs a copy of deno.json, whose imports would win over those of an import map.
  // Without deno.json it warns of scripts that it does not run, unless it is quiet.
  const config = IMPORT_MAP === undefined
    ? configFlags(ROOT)
    : ["--quiet", "--no-config", `--import-map=${ROOT}${IMPORT_MAP}`];
  // By flags: deno install leaves -P out of the command that it makes.
  const program = [...config, "--no-prompt", ...flagsOf(permissions.default), `${ROOT}mod.ts`];
  const place = root === undefined ? [] : ["--root", root];
  await denoAloud(["install", "--global", "--force", "--name", name, ...place, ...program]);
}

/** The flags that allow the same as a permission set. */
export function flagsOf(set: PermissionSet): string[] {
  return Object.entries(set).flatMap(([kind, value]) => {
    const { allow, ignore } = permissionOf(value);
    const list = allow === true ? "" : `=${allow?.join(",")}`;
    return [
      ...allow ? [`--allow-${kind}${list}`] : [],
      ...ignore ? [`--ignore-${kind}`] : [],
    ];
  });
}

/** The long form of a permission. */
export function permissionOf(value: Allowed | Permission): Permission {
  return value === true || value instanceof Array ? { allow: value } : value;
}
