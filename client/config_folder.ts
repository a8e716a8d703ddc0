import { join } from "node:path";

/**
 * The folder where a person's settings for this program belong; undefined in an environment
 * without a home.
 */
export function configFolder(env: (name: string) => string | undefined): string | undefined {
  const home = env("HOME");
  const folder = env("XDG_CONFIG_HOME") || env("APPDATA") || (home && join(home, ".config"));
  return folder && join(folder, "chat");
}
