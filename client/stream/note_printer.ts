import type { ShownNote } from "../chat.ts";
import { PipeProbe } from "./pipe_probe.ts";

/** The options of a {@linkcode NotePrinter}. */
export interface NotePrinterOptions {
  /** Formats a note of `room` as one line or several. */
  readonly format: (note: ShownNote, room: string) => string;
  /** Prints notes; resolves when they are written. */
  readonly print: (text: string) => Promise<void>;
  /** The number of notes to end after. Default: no end. */
  readonly count?: number | undefined;
  /** Whether to find out with a {@linkcode PipeProbe} that nobody reads the output any more. */
  readonly probe: boolean;
  /** Aborted once `count` notes are printed, or nobody reads the output any more. */
  readonly left: AbortController;
}

/** Prints the notes of one room or several, those that arrive first before the others. */
export class NotePrinter implements Disposable {
  readonly #options: NotePrinterOptions;
  readonly #probe: PipeProbe | undefined;
  #hangup: { readonly error: unknown } | undefined;
  #remaining: number;
  /** Settles when everything so far is printed, or cannot be. */
  #printed: Promise<void> = Promise.resolve();

  constructor(options: NotePrinterOptions) {
    const { print, count = Infinity, probe, left } = this.#options = options;
    this.#remaining = count;
    const gone = (error: unknown) => {
      this.#hangup = { error };
      left.abort();
    };
    if (probe) this.#probe = new PipeProbe({ print, gone });
  }

  /**
   * Prints notes of a room. Resolves when they are written: until then, nobody should read further
   * ones, so that a slow output holds back all rooms.
   *
   * @throws {Error} if `print` does, for these notes or earlier ones.
   */
  print(notes: readonly ShownNote[], room: string): Promise<void> {
    return this.#printed = this.#printed.then(() => this.#print(notes, room));
  }

  async #print(notes: readonly ShownNote[], room: string): Promise<void> {
    const { format, print, left } = this.#options;
    if (this.#remaining === 0) return;
    const due = notes.slice(0, this.#remaining);
    const text = due.map((note) => `${format(note, room)}\n`).join("");
    await (this.#probe ?? { print }).print(text);
    this.#remaining -= due.length;
    if (this.#remaining === 0) left.abort();
  }

  /** @throws {Error} if nobody reads the output any more. */
  checkReader(): void {
    if (this.#hangup) throw this.#hangup.error;
  }

  /** Stops probing. */
  [Symbol.dispose](): void {
    this.#probe?.[Symbol.dispose]();
  }
}
