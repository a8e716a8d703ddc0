import { isAbsolute, join } from "node:path";

/** Reads an environment variable. */
type Env = (name: string) => string | undefined;

/**
 * The folder where a person's settings for this program belong; undefined in an environment
 * without a home.
 */
export function configFolder(env: Env): string | undefined {
  return resolveFolder(env, { base: ["XDG_CONFIG_HOME", "APPDATA"], inHome: [".config"] });
}

/** The folder where what this program remembers for a person belongs; likewise. */
export function stateFolder(env: Env): string | undefined {
  return resolveFolder(env, {
    base: ["XDG_STATE_HOME", "LOCALAPPDATA"],
    inHome: [".local", "state"],
  });
}

/** In the first of the variables `base` that says where, or else in the home. */
function resolveFolder(
  env: Env,
  { base, inHome }: { readonly base: readonly string[]; readonly inHome: readonly string[] },
): string | undefined {
  // As the specification of XDG wants it, what is empty is not set, and what is relative is
  // ignored: it would be another folder wherever one stands.
  const [folder] = base.map((name) => env(name) ?? "").filter(isAbsolute);
  if (folder !== undefined) return join(folder, "chat");
  const home = env("HOME") ?? "";
  return isAbsolute(home) ? join(home, ...inHome, "chat") : undefined;
}
