import type { CopyInit } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { Wakeup } from "../../room/wakeup.ts";
import type { TemporaryCopy } from "./sqlite/backup.ts";
import type { Store } from "./store.ts";

type Copy = NonNullable<Store["copy"]>;

/** Every how many notes it is told how far a copy is. */
const PROGRESS_NOTES = 10_000;

/** How much of the file is sent at once, in bytes. */
const PIECE_BYTES = 2 ** 18;

/** Copies of all that a server keeps, one at a time, to be sent away. */
export class Backups implements AsyncDisposable {
  readonly #copy: Copy | undefined;
  readonly #closing = new AbortController();
  /** Settles when the copy that is being made or sent is gone from here. */
  #busy: Promise<void> | undefined;

  /** Copies `store`, until it is disposed. */
  constructor(store: Store) {
    this.#copy = store.copy?.bind(store);
  }

  /**
   * Makes a copy and returns it in pieces, and before that how far it is. Whatever the end is,
   * nothing is left behind here.
   *
   * @throws {ChatError} `unsupported`, if there is nothing to copy; `too_large`, while another
   * copy is made; `unavailable`, if it cannot be made.
   * @throws the reason of `signal`, once it is aborted.
   */
  async *stream(signal: AbortSignal): AsyncGenerator<CopyInit, void> {
    const copyStore = this.#copy;
    if (!copyStore) {
      throw new ChatError("unsupported", "This server keeps its notes in memory only");
    }
    if (this.#busy) {
      throw new ChatError("too_large", "A copy is being made already: only one may be");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#busy = promise;
    try {
      await using copy = yield* copyWithProgress(
        copyStore,
        AbortSignal.any([signal, this.#closing.signal]),
      );
      yield* readPieces(copy.file);
    } finally {
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

/** Makes a copy, and tells how far that is: from the start on, so that it is known to be under way. */
async function* copyWithProgress(
  copyStore: Copy,
  signal: AbortSignal,
): AsyncGenerator<CopyInit, TemporaryCopy> {
  const wakeup = new Wakeup();
  let notes = 0;
  let told = 0;
  let isOver = false;
  let isTaken = false;
  const onProgress = (copied: number) => {
    notes = copied;
    if (notes - told >= PROGRESS_NOTES) wakeup.notify();
  };
  const left = new AbortController();
  const options = { onProgress, signal: AbortSignal.any([signal, left.signal]) };
  const copying = copyStore(options).finally(() => {
    isOver = true;
    wakeup.notify();
  });
  copying.catch(() => {}); // It is awaited, but perhaps not yet.
  try {
    yield { notes };
    while (true) {
      await wakeup.wait(signal);
      if (isOver) break;
      told = notes;
      yield { notes };
    }
    const copy = await copying;
    isTaken = true;
    return copy;
  } finally {
    left.abort();
    if (!isTaken) await copying.then((copy) => copy[Symbol.asyncDispose](), () => {});
  }
}

/** A file, piece by piece; the first one tells how large all of it is. */
async function* readPieces(file: Deno.FsFile): AsyncGenerator<CopyInit, void> {
  let { size } = await file.stat();
  const piece = new Uint8Array(PIECE_BYTES);
  for (let read; (read = await file.read(piece)) !== null; size = 0) {
    yield { size, piece: piece.subarray(0, read) };
  }
}
