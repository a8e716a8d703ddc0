import { dirname, join } from "node:path";
import { makePrivateFolder, writeAtomically, WriteError } from "../../platform/atomic_file.ts";
import { isMissing, reasonFor } from "../../platform/errno.ts";
import { formatNumber } from "../../text/number.ts";
import { configFolder } from "./config_folder.ts";
import { applyIgnoredChange, type IgnoredChange } from "../ignored_change.ts";

/** The names of ignored people by server: `HOST:PORT` or `unix:PATH`, as it was given. */
type IgnoredByServer = Readonly<Record<string, readonly string[]>>;

/** The largest file that is read, in bytes: several times as large as any that is written. */
const MAX_BYTES = 16_777_216;

/**
 * Stores in a file the names of ignored people, for each server of a chat: another chat has other
 * people under the same names. Several programs may change it at the same time: each locks its
 * folder for that.
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
    using _lock = await this.#lock();
    const all = await this.#read();
    const names = applyIgnoredChange(await this.read(addresses), change);
    const now = addresses.map((address) => [address, names] as const);
    const others = Object.entries(all).filter(([address]) => !addresses.includes(address));
    const kept = [...others, ...names.length > 0 ? now : []];
    const text = `${JSON.stringify(Object.fromEntries(kept), undefined, 2)}\n`;
    // It may be a link, which is to stay.
    const path = await Deno.realPath(this.#path).catch(() => this.#path);
    await writeAtomically(path, text, { replace: true });
  }

  /** Locks the folder, and makes it. The file itself is replaced, so it cannot be locked. */
  async #lock(): Promise<Disposable | undefined> {
    const folder = dirname(this.#path);
    try {
      await makePrivateFolder(folder);
    } catch (error) {
      throw new WriteError(this.#path, error);
    }
    try {
      const file = await Deno.open(folder);
      await file.lock(true).catch(() => {});
      return file;
    } catch {
      return undefined; // Not every system can do that.
    }
  }

  async #read(): Promise<IgnoredByServer> {
    const names: unknown = await this.#parse();
    if (isIgnoredByServer(names)) return names;
    throw new Error(`Cannot read "${this.#path}": it is not {"HOST:PORT": ["NAME", …]}`);
  }

  async #parse(): Promise<unknown> {
    try {
      const { isFile, size } = await Deno.stat(this.#path);
      // A pipe might never end.
      if (!isFile) return undefined;
      if (size > MAX_BYTES) throw new Error(`it has more than ${formatNumber(MAX_BYTES)} bytes`);
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
