import { homedir } from "node:os";
import { dirname } from "node:path";
import { denoAloud } from "./deno.ts";
import { IMPORT_MAP, ROOT } from "./project.ts";
import type { Staging } from "./staging.ts";
import { V8_FLAGS } from "./v8_flags.ts";

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
  /** The program. */
  readonly staging: Staging;
  /** The name of the command. A command of that name is replaced. */
  readonly name: string;
  /** The folder in whose `bin` the command goes, and in whose `lib` the program goes. */
  readonly root: string;
}

/** The folder in which Deno installs commands. */
export function defaultRoot(): string {
  return Deno.env.get("DENO_INSTALL_ROOT") ?? `${homedir()}/.deno`;
}

/**
 * Makes the program a command of this account, run by Deno with the default permissions of
 * deno.json. It needs neither this folder nor packages. Deno itself prints where the command is,
 * and whether the shell finds it there.
 */
export async function install({ staging, name, root }: InstallOptions): Promise<void> {
  const library = `${root}/lib/${name}`;
  await replaceBundle(dirname(staging.program), library);
  const { permissions } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  // By flags: deno install leaves -P out of the command that it makes.
  const run = [
    "--no-config",
    "--no-lock",
    "--no-npm",
    "--no-prompt",
    `--v8-flags=${V8_FLAGS}`,
    ...flagsOf(permissions.default),
  ];
  const place = ["--name", name, "--root", root];
  await denoAloud(["install", "--global", "--force", ...place, ...run, `${library}/mod.js`]);
  if (Deno.build.os === "windows") return;
  const command = `${root}/bin/${name}`;
  const script = await Deno.readTextFile(command);
  await Deno.writeTextFile(command, runDenoItself(script, Deno.execPath()));
}

/**
 * Makes the script of a command run the Deno at `path` instead of the `deno` on the PATH. The one
 * that npm puts there is a program of Node, which starts Deno and, at Ctrl-C, ends before it. The
 * Deno of npx may be deleted at any time, so its script stays as it is.
 */
export function runDenoItself(script: string, path: string): string {
  return isOfNpx(path) ? script : script.replace(/^exec deno /m, () => `exec ${quoted(path)} `);
}

/** Returns what to print after an installation by the Deno at `path`. */
export function installedHint(
  { name, root, path }: Pick<InstallOptions, "name"> & { root: string | undefined; path: string },
): string {
  if (!isOfNpx(path)) return `${name} needs Deno, but not this folder.`;
  const task = IMPORT_MAP === undefined ? "deno task install" : "deno task -q npm install";
  const place = root === undefined ? '"$(npm prefix -g)"' : quoted(root);
  return [
    `${name} runs the command deno, which npx does not install. If you have none, type`,
    `    npm install -g deno@${Deno.version.deno}`,
    `    ${task}${name === "chat" ? "" : ` --name ${name}`} --root ${place}`,
  ].join("\n");
}

/** Whether a program is in the cache of npx. */
function isOfNpx(path: string): boolean {
  return /[/\\]_npx[/\\]/.test(path);
}

/** A word for a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Replaces the bundle in a folder, if there is one, so that starts at the same time find a whole
 * program: the name of each part has the digest of its contents, and mod.js, which imports them, is
 * replaced once all are there. The old parts can go, as Deno reads all files at the start.
 */
async function replaceBundle(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  const parts = (await listNames(from)).filter((name) => name.endsWith(".js") && name !== "mod.js");
  for (const name of [...parts, "mod.js"]) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}.new`);
    await Deno.rename(`${to}/${name}.new`, `${to}/${name}`);
  }
  for (const name of await listNames(to)) {
    if (name !== "mod.js" && !parts.includes(name)) await Deno.remove(`${to}/${name}`);
  }
}

async function listNames(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
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
