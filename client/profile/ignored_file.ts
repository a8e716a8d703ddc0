import { join } from "node:path";
import { writeAtomically } from "../../platform/atomic_file.ts";
import { isMissing, reasonFor } from "../../platform/errno.ts";
import { configFolder } from "./config_folder.ts";
import { applyIgnoredChange, type IgnoredChange } from "../ignored_change.ts";

/** The names of ignored people by server: `HOST:PORT` or `unix:PATH`, as it was given. */
type IgnoredByServer = Readonly<Record<string, readonly string[]>>;

/**
 * Stores in a file the names of ignored people, for each server of a chat: another chat has other
 * people under the same names.
 */
export class IgnoredFile {
  readonly #path: string;

  /** Uses the file at `path`. {@linkcode change} makes it, with its folder. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Returns the names that are stored for any of the servers.
   *
   * @throws {Error} if the file cannot be read, or has something else in it.
   */
  async read(addresses: readonly string[]): Promise<readonly string[]> {
    const all = await this.#read();
    return [...new Set(addresses.flatMap((address) => all[address] ?? []))];
  }

  /**
   * Adds and removes names, for each of the servers.
   *
   * @throws {Error} if the file cannot be read, or has something else in it.
   * @throws {WriteError} if it cannot be written.
   */
  async change(addresses: readonly string[], change: IgnoredChange): Promise<void> {
    const all = await this.#read();
    const names = applyIgnoredChange(await this.read(addresses), change);
    const now = addresses.map((address) => [address, names] as const);
    const others = Object.entries(all).filter(([address]) => !addresses.includes(address));
    const kept = [...others, ...names.length > 0 ? now : []];
    const text = `${JSON.stringify(Object.fromEntries(kept), undefined, 2)}\n`;
    await writeAtomically(this.#path, text, { replace: true, makeFolder: true });
  }

  async #read(): Promise<IgnoredByServer> {
    const names: unknown = await this.#parse();
    if (isIgnoredByServer(names)) return names;
    throw new Error(`Cannot read "${this.#path}": it is not {"HOST:PORT": ["NAME", …]}`);
  }

  async #parse(): Promise<unknown> {
    try {
      return JSON.parse(await Deno.readTextFile(this.#path));
    } catch (error) {
      if (isMissing(error)) return {};
      if (error instanceof SyntaxError) return undefined;
      throw new Error(`Cannot read "${this.#path}": ${reasonFor(error)}`, { cause: error });
    }
  }
}

/** The path of such a file; undefined in an environment without a home. */
export function ignoredPath(env: (name: string) => string | undefined): string | undefined {
  const folder = configFolder(env);
  return folder && join(folder, "ignored.json");
}

function isIgnoredByServer(value: unknown): value is IgnoredByServer {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((names) =>
      Array.isArray(names) && names.every((name) => typeof name === "string")
    );
}
