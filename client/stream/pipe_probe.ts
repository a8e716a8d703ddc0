/** The options of a {@linkcode PipeProbe}. */
export interface PipeProbeOptions {
  /** Writes; rejects when nobody reads any more. Called again only after it has resolved. */
  readonly print: (text: string) => Promise<void>;
  /** Called when a probe cannot be written. */
  readonly gone: (error: unknown) => void;
  /** The idle time before a probe, in milliseconds. Default 500. */
  readonly idleMs?: number;
}

/**
 * Prints lines of JSON into a pipe, and notices when its reader (`head`, for example) is gone, even
 * while there is nothing to print.
 *
 * Only a write of at least one byte can find that out: an empty write succeeds without a reader,
 * and Deno has no way to poll a pipe. So a single space is written after each burst of lines, which
 * is insignificant in JSON.
 */
export class PipeProbe implements Disposable {
  readonly #options: PipeProbeOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Settles when the last probe is written. */
  #probe: Promise<void> = Promise.resolve();

  /** Prints and probes with `options.print`. */
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

  /** Stops probing. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
