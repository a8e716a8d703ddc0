import { dirname } from "node:path";
import { errnoOf, reasonFor } from "./errno.ts";

/** The options for writing a file. */
export interface AtomicFileOptions {
  /** Whether to replace an existing file. Default: it stays, and writing fails. */
  readonly replace?: boolean;
  /** The permissions. Default 0o600: only its owner reads it. */
  readonly mode?: number;
  /** Whether to make the folder if it is missing, for its owner alone. Default false. */
  readonly makeFolder?: boolean;
  /** The suffix of the temporary name. Default: random, so that several programs can write. */
  readonly suffix?: string;
}

/** A file that cannot be written. The message is for a person; the cause is the system error. */
export class WriteError extends Error {
  override readonly name = "WriteError";

  constructor(path: string, cause: unknown) {
    const reason = reasonFor(cause, { ENOENT: "there is no such folder" });
    super(`Cannot write "${path}": ${reason}`, { cause });
  }
}

/**
 * A file that appears under its name once it is complete and on disk. Until then it has a
 * temporary name in the same folder. Disposing it before it is committed removes it.
 */
export class AtomicFile implements AsyncDisposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #replace: boolean;
  readonly #file: Deno.FsFile;

  private constructor(path: string, temporary: string, replace: boolean, file: Deno.FsFile) {
    this.#path = path;
    this.#temporary = temporary;
    this.#replace = replace;
    this.#file = file;
  }

  /**
   * Creates the file under its temporary name.
   *
   * @throws {WriteError} if it cannot be written, or there is a file that must stay.
   */
  static async create(path: string, options: AtomicFileOptions = {}): Promise<AtomicFile> {
    const { replace = false, mode = 0o600, makeFolder = false } = options;
    const temporary = `${path}.${options.suffix ?? crypto.randomUUID()}`;
    try {
      if (makeFolder) await makePrivateFolder(dirname(path));
      if (!replace) await refuseExisting(path); // Not only after everything is written.
    } catch (cause) {
      throw new WriteError(path, cause);
    }
    try {
      const file = await Deno.open(temporary, { write: true, createNew: true, mode });
      return new AtomicFile(path, temporary, replace, file);
    } catch (cause) {
      throw new WriteError(path, errnoOf(cause) === "EEXIST" ? leftover(temporary) : cause);
    }
  }

  /**
   * Writes the next bytes.
   *
   * @throws {WriteError} if they cannot be written.
   */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#file.write(rest));
    } catch (cause) {
      throw new WriteError(this.#path, cause);
    }
  }

  /**
   * Flushes the file to disk, and gives it its name.
   *
   * @throws {WriteError} if it cannot be written, or there is by now a file that must stay.
   */
  async commit(): Promise<void> {
    try {
      await this.#file.sync();
      if (this.#replace) await Deno.rename(this.#temporary, this.#path);
      else await this.#publish();
    } catch (cause) {
      throw new WriteError(this.#path, cause);
    }
    await syncFolder(dirname(this.#path)).catch(() => {}); // Not every system can do that.
  }

  /** Closes the file; if it was not committed, nothing is left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    // It may be gone already. The error to report is the one that prevented the commit.
    await Deno.remove(this.#temporary).catch(() => {});
  }

  /** Gives the file its name. A link, unlike a rename, never replaces another file. */
  async #publish(): Promise<void> {
    try {
      await Deno.link(this.#temporary, this.#path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) throw error;
      await this.#publishWithoutLink();
    }
  }

  /**
   * For file systems without links. A program that reads the file at this moment finds it empty.
   */
  async #publishWithoutLink(): Promise<void> {
    (await Deno.open(this.#path, { write: true, createNew: true, mode: 0o600 })).close();
    try {
      await Deno.rename(this.#temporary, this.#path);
    } catch (error) {
      await Deno.remove(this.#path).catch(() => {}); // An empty file would stay in the way.
      throw error;
    }
  }
}

/**
 * Writes a text file: all of it, or nothing.
 *
 * @throws {WriteError} if it cannot be written, or there is a file that must stay.
 */
export async function writeAtomically(
  path: string,
  text: string,
  options?: AtomicFileOptions,
): Promise<void> {
  await using file = await AtomicFile.create(path, options);
  await file.write(new TextEncoder().encode(text));
  await file.commit();
}

/** The error if there is a file under the temporary name, which only a fixed suffix allows. */
function leftover(temporary: string): Error {
  const reason = "is there already: it is being written now, or a program was killed";
  return new Error(`"${temporary}" ${reason}; remove it if nothing writes it`);
}

/**
 * Makes a folder for its owner alone, with all folders above it, unless it is there.
 *
 * @throws {Error} the system error, or one that says that a file is in the way.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { AlreadyExists, NotADirectory } = Deno.errors;
    if (!(error instanceof AlreadyExists || error instanceof NotADirectory)) throw error;
    throw new Error(`a file is in the way of the folder "${path}"`, { cause: error });
  }
}

async function refuseExisting(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw cause;
  });
  if (info) throw Object.assign(new Deno.errors.AlreadyExists(path), { code: "EEXIST" });
}

/** Flushes the names in a folder to disk. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}
