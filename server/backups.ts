import type { CopyMessage } from "../proto/mod.ts";
import { Bell } from "../room/bell.ts";
import { ChatError } from "../room/errors.ts";
import type { BackupOptions } from "./sqlite_backup.ts";

/** What can be copied while it is in use. */
export interface Copyable {
  /** Copies it to the file `path`; see {@linkcode SqliteStore.backup}. */
  backup(path: string, options?: BackupOptions): Promise<void>;
}

/** What backups are made of. */
export interface BackupsOptions {
  /** The store; none if it is in memory only. */
  readonly store: Copyable | undefined;
  /** The file that it keeps everything in: copies are made beside it. */
  readonly file: string;
}

/** Every how many notes it is told how far a copy is. */
const PROGRESS_NOTES = 10_000;

/** How much of the file is sent at once, in bytes. */
const PIECE_BYTES = 2 ** 18;

/** Copies of all that a server keeps, one at a time, to be sent away. */
export class Backups implements AsyncDisposable {
  readonly #options: BackupsOptions;
  readonly #closing = new AbortController();
  /** Settles when the copy that is being made or sent is gone from here. */
  #busy: Promise<void> | undefined;

  private constructor(options: BackupsOptions) {
    this.#options = options;
  }

  /** Makes what makes copies, until it is disposed. What a server left that was killed is removed. */
  static async open(options: BackupsOptions): Promise<Backups> {
    if (options.store) await removeCopy(options.file);
    return new Backups(options);
  }

  /**
   * Makes a copy and returns it in pieces, and before that how far it is. Whatever the end is,
   * nothing is left behind here.
   *
   * @throws {ChatError} `unsupported`, if there is nothing to copy; `too_large`, while another
   * copy is made; `unavailable`, if it cannot be made.
   * @throws the reason of `signal`, once it is aborted.
   */
  async *make(signal: AbortSignal): AsyncGenerator<CopyMessage, void> {
    const { store, file } = this.#options;
    if (!store) throw new ChatError("unsupported", "This server keeps its notes in memory only");
    if (this.#busy) {
      throw new ChatError("too_large", "A copy is being made already: only one may be");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#busy = promise;
    const path = copyOf(file);
    try {
      await removeCopy(file);
      yield* copied(store, path, AbortSignal.any([signal, this.#closing.signal]));
      yield* piecesOf(path);
    } finally {
      await removeCopy(file);
      this.#busy = undefined;
      resolve();
    }
  }

  /** Ends what is being made, and waits until that is so. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ChatError("unavailable", "The server is stopping"));
    await this.#busy;
  }
}

/** Where the copy of a file is while it is made and sent. */
function copyOf(file: string): string {
  return `${file}.copy`;
}

async function removeCopy(file: string): Promise<void> {
  await Deno.remove(copyOf(file)).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** Copies to a file, and tells how far that is: from the start on, so that it is known to be under way. */
async function* copied(
  store: Copyable,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<CopyMessage, void> {
  const bell = new Bell();
  let notes = 0;
  let told = 0;
  let isOver = false;
  const onProgress = (copied: number) => {
    notes = copied;
    if (notes - told >= PROGRESS_NOTES) bell.ring();
  };
  const left = new AbortController();
  const options = { onProgress, signal: AbortSignal.any([signal, left.signal]) };
  const copying = store.backup(path, options).finally(() => {
    isOver = true;
    bell.ring();
  });
  copying.catch(() => {}); // It is awaited, but perhaps not yet.
  try {
    yield { notes };
    while (true) {
      await bell.wait(signal);
      if (isOver) break;
      told = notes;
      yield { notes };
    }
    await copying;
  } finally {
    left.abort();
    await copying.catch(() => {}); // Nobody else may touch the file meanwhile.
  }
}

/** A file, piece by piece; the first one tells how large all of it is. */
async function* piecesOf(path: string): AsyncGenerator<CopyMessage, void> {
  using file = await Deno.open(path);
  let { size } = await file.stat();
  const piece = new Uint8Array(PIECE_BYTES);
  for (let read; (read = await file.read(piece)) !== null; size = 0) {
    yield { size, piece: piece.subarray(0, read) };
  }
}
