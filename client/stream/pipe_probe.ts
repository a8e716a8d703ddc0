/** How a printer finds out that nobody reads. */
export interface PipeProbeOptions {
  /** Writes; rejects when nobody reads any more. Not called again before it has resolved. */
  readonly print: (text: string) => Promise<void>;
  /** Told when a probe cannot be written. */
  readonly gone: (error: unknown) => void;
  /** How long to have been idle before probing, in milliseconds. Default 500. */
  readonly idleMs?: number;
}

/**
 * Prints lines of JSON into a pipe, and notices that its reader has gone, as `head` does, also
 * when there is nothing to print.
 *
 * Only writing tells: a pipe without a reader takes an empty write like any other, and to be told
 * by the system would take more than Deno gives. So once after each burst of lines one space is
 * written, which is nothing to whoever reads JSON.
 */
export class PipeProbe implements Disposable {
  readonly #options: PipeProbeOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Settles when the last probe is written. */
  #probe: Promise<void> = Promise.resolve();

  /** Prints and probes by `options.print`. */
  constructor(options: PipeProbeOptions) {
    this.#options = options;
  }

  /** Prints lines; resolves when they are written. */
  async print(lines: string): Promise<void> {
    const { print, gone, idleMs = 500 } = this.#options;
    clearTimeout(this.#timer);
    await this.#probe;
    await print(lines);
    this.#timer = setTimeout(() => void (this.#probe = print(" ").catch(gone)), idleMs);
  }

  /** Probes no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
