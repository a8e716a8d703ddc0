import { isAbsolute, join } from "node:path";

/** Reads an environment variable. */
type Env = (name: string) => string | undefined;

/** The folder for this program's settings; undefined in an environment without a home. */
export function configFolder(env: Env): string | undefined {
  return resolveFolder(env, { base: ["XDG_CONFIG_HOME", "APPDATA"], inHome: [".config"] });
}

/** The folder for this program's state; undefined in an environment without a home. */
export function stateFolder(env: Env): string | undefined {
  return resolveFolder(env, {
    base: ["XDG_STATE_HOME", "LOCALAPPDATA"],
    inHome: [".local", "state"],
  });
}

/** A folder below the first of the variables `base` that is set, or else below the home. */
function resolveFolder(
  env: Env,
  { base, inHome }: { readonly base: readonly string[]; readonly inHome: readonly string[] },
): string | undefined {
  // The XDG specification treats an empty variable as unset, and ignores a relative one: it would
  // depend on the current directory.
  const [folder] = base.map((name) => env(name) ?? "").filter(isAbsolute);
  if (folder !== undefined) return join(folder, "chat");
  const home = env("HOME") ?? "";
  return isAbsolute(home) ? join(home, ...inHome, "chat") : undefined;
}
