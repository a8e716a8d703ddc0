import { dirname } from "node:path";

/** A file that comes into being whole, or not at all, and that only its owner can read. */
export class NewFile implements AsyncDisposable {
  readonly #path: string;
  /** Where it is until it is whole. */
  readonly #part: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, part: string, file: Deno.FsFile) {
    this.#path = path;
    this.#part = part;
    this.#file = file;
  }

  /**
   * Makes it.
   *
   * @throws {Error} in words for a person, if there is one already, or it cannot be written.
   */
  static async open(path: string): Promise<NewFile> {
    await refuseExisting(path).catch((cause) => {
      throw writeError(path, cause);
    });
    const part = `${path}.part`;
    try {
      return new NewFile(
        path,
        part,
        await Deno.open(part, { write: true, createNew: true, mode: 0o600 }),
      );
    } catch (cause) {
      throw writeError(part, cause);
    }
  }

  /**
   * Writes what comes next.
   *
   * @throws {Error} in words for a person, if it cannot be written.
   */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#file.write(rest));
    } catch (cause) {
      throw writeError(this.#part, cause);
    }
  }

  /**
   * Has it be there, on disk, under its name.
   *
   * @throws {Error} in words for a person, if there is one by now, or it cannot be written.
   */
  async keep(): Promise<void> {
    try {
      await this.#file.sync();
      await publish(this.#part, this.#path);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
    await syncFolder(dirname(this.#path)).catch(() => {}); // Not every system can do that.
  }

  /** Closes it; unless it was kept, there was none. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    // It may be gone, by this or others; why it came to this end is the error to tell.
    await Deno.remove(this.#part).catch(() => {});
  }
}

/** Gives a file its name. A link, unlike a new name, never takes the place of another file. */
async function publish(part: string, path: string): Promise<void> {
  try {
    await Deno.link(part, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    await refuseExisting(path); // Some file systems have no links: as well as it can be done.
    await Deno.rename(part, path);
  }
}

/** Has the names in a folder be on disk. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

async function refuseExisting(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw cause;
  });
  if (info) throw new Deno.errors.AlreadyExists();
}

function writeError(path: string, cause: unknown): Error {
  const reason = cause instanceof Deno.errors.AlreadyExists
    ? "there is such a file already; choose another one"
    : cause instanceof Deno.errors.NotFound
    ? "there is no such folder"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new Error(`Cannot write "${path}": ${reason}`, { cause });
}
