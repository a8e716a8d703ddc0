/** A file that comes into being whole, or not at all, and that only its owner can read. */
export class NewFile implements AsyncDisposable {
  readonly #path: string;
  /** Where it is until it is whole. */
  readonly #part: string;
  readonly #file: Deno.FsFile;
  #kept = false;

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
    await refuseExisting(path);
    const part = `${path}.part`;
    try {
      return new NewFile(
        path,
        part,
        await Deno.open(part, { write: true, createNew: true, mode: 0o600 }),
      );
    } catch (cause) {
      throw trouble(part, cause);
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
      throw trouble(this.#part, cause);
    }
  }

  /**
   * Has it be there, on disk, under its name.
   *
   * @throws {Error} in words for a person, if there is one by now, or it cannot be written.
   */
  async keep(): Promise<void> {
    await refuseExisting(this.#path);
    try {
      await this.#file.sync();
      await Deno.rename(this.#part, this.#path);
      this.#kept = true;
    } catch (cause) {
      throw trouble(this.#path, cause);
    }
  }

  /** Closes it; unless it was kept, there was none. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    if (!this.#kept) await Deno.remove(this.#part);
  }
}

async function refuseExisting(path: string): Promise<void> {
  const info = await Deno.lstat(path).catch((cause) => {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw trouble(path, cause);
  });
  if (info) throw trouble(path, new Deno.errors.AlreadyExists());
}

function trouble(path: string, cause: unknown): Error {
  const reason = cause instanceof Deno.errors.AlreadyExists
    ? "there is such a file already; choose another one"
    : cause instanceof Deno.errors.NotFound
    ? "there is no such folder"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new Error(`Cannot write "${path}": ${reason}`, { cause });
}
