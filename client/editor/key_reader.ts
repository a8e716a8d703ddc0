import type { ReadStream } from "node:tty";
import { type Input, KeyDecoder } from "./key_decoder.ts";
import { MAX_PASTES } from "./pastes.ts";

/** The wait for the rest of a sequence before its start counts as a key, in milliseconds. */
const ESCAPE_MS = 500;

/**
 * The decoder of each terminal. It outlasts a reader: the next one reads the rest of a sequence.
 */
const decoders = new WeakMap<ReadStream, KeyDecoder>();

/** Reads the keys and pastes of a terminal until it is disposed. */
export class KeyReader implements Disposable {
  readonly #input: ReadStream;
  readonly #decoder: KeyDecoder;
  readonly #onInput: (input: Input) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts to read, and calls `onInput` for each key and paste. */
  constructor(input: ReadStream, onInput: (input: Input) => void) {
    this.#input = input;
    this.#onInput = onInput;
    this.#decoder = decoders.getOrInsertComputed(input, () => new KeyDecoder(MAX_PASTES.chars));
    input.on("data", this.#read).resume();
  }

  readonly #read = (bytes: Uint8Array): void => {
    clearTimeout(this.#timer);
    const inputs = this.#decoder.read(bytes);
    if (this.#decoder.waits) {
      this.#timer = setTimeout(() => this.#decoder.lapse().forEach(this.#onInput), ESCAPE_MS);
    }
    inputs.forEach(this.#onInput);
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#input.off("data", this.#read).pause();
  }
}
