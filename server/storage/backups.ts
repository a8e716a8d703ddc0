import type { CopyInit } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { Wakeup } from "../../room/wakeup.ts";
import type { TemporaryCopy } from "./sqlite/backup.ts";
import type { Store } from "./store.ts";

type Copy = NonNullable<Store["copy"]>;

/** The number of notes between progress messages. */
const PROGRESS_NOTES = 10_000;

/** The size of a piece, in bytes. */
const PIECE_BYTES = 2 ** 18;

/** The backup service. It copies the whole store for download, one copy at a time. */
export class Backups implements AsyncDisposable {
  readonly #copy: Copy | undefined;
  readonly #closing = new AbortController();
  /** Settles when the running copy has been deleted. */
  #busy: Promise<void> | undefined;

  readonly #reason: string;

  /**
   * Copies `store`, until it is disposed.
   *
   * @param reason Why there is nothing to copy, if the store makes no copies.
   */
  constructor(store: Store, reason = "This server keeps its notes in memory only") {
    this.#copy = store.copy?.bind(store);
    this.#reason = reason;
  }

  /**
   * Makes a copy. Yields its progress, and then its pieces. It leaves no file, however it ends.
   *
   * @throws {ChatError} `unsupported`, if there is nothing to copy; `full`, while another copy
   * is being made; `unavailable`, if the copy fails.
   * @throws the reason of `signal`, once it is aborted.
   */
  async *stream(signal: AbortSignal): AsyncGenerator<CopyInit, void> {
    const copyStore = this.#copy;
    if (!copyStore) {
      throw new ChatError("unsupported", this.#reason);
    }
    if (this.#busy) {
      throw new ChatError("full", "Another backup is already running");
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

  /** Aborts the running copy and waits for it to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ChatError("unavailable", "The server is stopping"));
    await this.#busy;
  }
}

/**
 * Makes a copy and yields its progress, at once at first, so that the client knows that it has
 * started.
 */
async function* copyWithProgress(
  copyStore: Copy,
  signal: AbortSignal,
): AsyncGenerator<CopyInit, TemporaryCopy> {
  const wakeup = new Wakeup();
  let notes = 0;
  let reported = 0;
  let isOver = false;
  let isTaken = false;
  const onProgress = (copied: number) => {
    notes = copied;
    if (notes - reported >= PROGRESS_NOTES) wakeup.notify();
  };
  const left = new AbortController();
  const options = { onProgress, signal: AbortSignal.any([signal, left.signal]) };
  const copying = copyStore(options).finally(() => {
    isOver = true;
    wakeup.notify();
  });
  copying.catch(() => {}); // It is awaited below, but it may reject before that.
  try {
    yield { notes };
    while (true) {
      await wakeup.wait(signal);
      if (isOver) break;
      reported = notes;
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

/** Reads a file in pieces. The first one has the size of the file. */
async function* readPieces(file: Deno.FsFile): AsyncGenerator<CopyInit, void> {
  let { size } = await file.stat();
  const piece = new Uint8Array(PIECE_BYTES);
  for (let read; (read = await file.read(piece)) !== null; size = 0) {
    yield { size, piece: piece.subarray(0, read) };
  }
}
