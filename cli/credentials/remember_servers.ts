import { errorMessage } from "../../room/errors.ts";
import type { Context } from "../framework/command.ts";

/**
 * Remembers the servers of a chat by the fingerprint that a person gave and their certificate
 * matched, so that later commands need no `--fingerprint`. Servers that are already known by another
 * certificate stay as they are. Only warns: it never fails.
 */
export async function rememberServers(
  addresses: readonly string[],
  fingerprint: string,
  { env, output }: Pick<Context, "env" | "output">,
): Promise<void> {
  const { KnownServers, knownServersPath } = await import("../../client/profile/known_servers.ts");
  const path = knownServersPath(env);
  if (path === undefined) return;
  const servers = new KnownServers(path);
  const warn = (words: string) => output.report(`warning: ${words}`);
  for (const address of addresses) {
    try {
      const known = await servers.find(address);
      if (!known) await servers.add(address, fingerprint);
      else if (known.fingerprint !== fingerprint) {
        warn(
          `${known.place} has another certificate for "${address}", and keeps it ` +
            "(if you know why it has changed, remove that line)",
        );
      }
    } catch (error) {
      warn(`cannot remember "${address}": ${errorMessage(error)}`);
    }
  }
}
