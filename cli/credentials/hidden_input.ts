import process from "node:process";
import type { Key } from "../../client/editor/key.ts";
import type { Input } from "../../client/editor/key_decoder.ts";
import type { KeyReader } from "../../client/editor/key_reader.ts";
import type { Context } from "../framework/command.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { waitForTypeAhead } from "./type_ahead.ts";

/** What hidden keys have of the world. */
export interface HiddenInputOptions extends Pick<Context, "signal" | "hangUp" | "onContinue"> {
  /** The terminal, to ask on. */
  readonly output: Pick<typeof Deno.stderr, "write">;
}

/**
 * A terminal on standard input that shows nothing of what is typed, until it is disposed. Where
 * the program crashes, or exits at once, Deno puts that right.
 *
 * Up to the first question nothing reads the keys: they are there for whoever reads next. From
 * then on those that answer no question are dropped, also those that came before it: who typed
 * them had something else in mind. Ctrl-C and Ctrl-Z do what they always do.
 */
export class HiddenInput implements Disposable {
  readonly #options: HiddenInputOptions;
  readonly #stack = new DisposableStack();
  /** Takes the next key, while there is a question. */
  #answer: ((key: Key) => void) | undefined;
  /** Reads the keys, from the first question on. */
  #keys: KeyReader | undefined;

  /** Hides the keys from here on. */
  constructor(options: HiddenInputOptions) {
    this.#options = options;
    hide(true);
    this.#stack.defer(() => hide(false));
    // The shell shows them, and leaves it at that.
    this.#stack.use(options.onContinue(() => hide(true)));
  }

  /**
   * Asks for a line. It is undefined if it is empty, or the program is to finish, as it is
   * once the terminal is gone.
   */
  async ask(question: string): Promise<string | undefined> {
    await this.#startReading();
    await this.#write(question);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#answer = lineReader(resolve);
    try {
      return await Promise.race([
        promise,
        waitForAbort(this.#options.signal).then(() => undefined),
      ]);
    } finally {
      this.#answer = undefined;
      await this.#write("\n");
    }
  }

  /** Reads the keys from here on, and drops those that were typed before. */
  async #startReading(): Promise<void> {
    if (this.#keys) return;
    const { KeyReader } = await import("../../client/editor/key_reader.ts"); // Few are ever asked.
    const { stdin } = process;
    const { hangUp } = this.#options;
    this.#keys = this.#stack.use(new KeyReader(stdin, (input) => this.#handle(input)));
    stdin.on("end", hangUp).on("error", hangUp);
    this.#stack.defer(() => stdin.off("end", hangUp).off("error", hangUp));
    await waitForTypeAhead();
  }

  async #write(text: string): Promise<void> {
    const { output, hangUp } = this.#options;
    await output.write(new TextEncoder().encode(text)).catch(hangUp);
  }

  #handle(input: Input): void {
    if (input.type === "refused") return;
    const keys = input.type === "key" ? [input] : decodeKeys(input.text);
    for (const key of keys) this.#answer?.(key);
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** Has the terminal hide what is typed, or show it; one that is gone needs neither. */
function hide(hidden: boolean): void {
  try {
    Deno.stdin.setRaw(hidden, { cbreak: hidden });
  } catch (error) {
    if (Deno.stdin.isTerminal()) throw error;
  }
}

/** The keys that type a text; of controls, only the ends of lines. */
function* decodeKeys(text: string): Generator<Key, void> {
  for (const character of text) {
    if (/[\r\n]/.test(character)) yield { type: "key", name: "return" };
    else if (!/\p{Cc}/u.test(character)) yield { type: "key", text: character };
  }
}

/** Edits a line character by character, and tells it at Enter, or at Ctrl-D if there is none. */
function lineReader(tell: (line: string | undefined) => void): (key: Key) => void {
  const typed: string[] = [];
  return ({ text, name = "", ctrl = false }) => {
    if (text !== undefined) return void typed.push(text);
    switch (ctrl ? `C-${name}` : name) {
      case "return":
      case "enter":
        return tell(typed.join("") || undefined);
      case "C-c": // From terminals that encode all keys; from others it is a signal.
        return tell(undefined);
      case "C-d":
        return typed.length === 0 ? tell(undefined) : undefined;
      case "C-u":
        typed.length = 0;
        return;
      case "backspace":
        typed.pop();
    }
  };
}
