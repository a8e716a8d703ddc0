/**
 * Starts PostgreSQL in a folder of its own.
 *
 * @module
 */

import type { Programs } from "./programs.ts";

/** The user that PostgreSQL runs as if this process is root, which it refuses to run as. */
const USER = "postgres";

/** Where Debian and its relatives put the programs of the server, by version. */
const DEBIAN = "/usr/lib/postgresql";

/** Returns a function that creates a cluster of databases and returns the command that serves it. */
export async function postgresqlCommand(
  programs: Programs,
): Promise<
  ((folder: string, port: number) => Promise<readonly string[]>) | { readonly missing: string }
> {
  const folders = await debianFolders();
  const initdb = await programs.installed("initdb", "--version", folders);
  if ("missing" in initdb) return initdb;
  const postgres = await programs.installed("postgres", "--version", folders);
  if ("missing" in postgres) return postgres;
  const isRoot = await output(["id", "-u"]) === "0";
  const as = isRoot ? ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups"] : [];
  return async (folder, port) => {
    const data = `${folder}/data`;
    if (isRoot) await output(["chown", USER, folder]);
    await output([
      ...as,
      initdb.path,
      "-D",
      data,
      "--username=postgres",
      "--auth=trust",
      "--no-sync",
    ]);
    const settings = {
      listen_addresses: "127.0.0.1",
      port: `${port}`,
      unix_socket_directories: "",
      fsync: "on",
      synchronous_commit: "on",
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    return [...as, postgres.path, "-D", data, ...flags];
  };
}

async function debianFolders(): Promise<string[]> {
  try {
    const versions = await Array.fromAsync(Deno.readDir(DEBIAN), ({ name }) => name);
    return versions.sort().reverse().map((version) => `${DEBIAN}/${version}/bin`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function output([command, ...args]: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command!, { args }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`"${command} ${args.join(" ")}" failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trim();
}
