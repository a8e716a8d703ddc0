import process from "node:process";
import { emitKeypressEvents } from "node:readline";
import type { Key } from "../client/typed_line.ts";
import { aborted } from "./aborted.ts";
import { earlyKeys } from "./early_keys.ts";
import type { Context } from "./command.ts";

/** A control sequence without its last character: readline takes long ones for several keys. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
const CUT_SEQUENCE = /^\x1b\[[0-?]*[ -/]*$/;

/** What hidden keys have of the world. */
export interface HiddenKeysOptions extends Pick<Context, "signal" | "hangUp" | "onContinue"> {
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
export class HiddenKeys implements Disposable {
  readonly #options: HiddenKeysOptions;
  readonly #stack = new DisposableStack();
  /** Takes the next character that is typed, while there is a question. */
  #answer: ((char: string) => void) | undefined;
  /** The beginning of a control sequence, up to its last character. */
  #cut = "";

  /** Hides the keys from here on. */
  constructor(options: HiddenKeysOptions) {
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
    if (this.#read()) await earlyKeys();
    await this.#write(question);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#answer = lineReader(resolve);
    try {
      return await Promise.race([promise, aborted(this.#options.signal).then(() => undefined)]);
    } finally {
      this.#answer = undefined;
      await this.#write("\n");
    }
  }

  /**
   * Reads the keys from here on, unless that has begun; returns whether it has not. By readline,
   * as the chat does later: it goes on there.
   */
  #read(): boolean {
    const { stdin } = process;
    if (stdin.listeners("keypress").includes(this.#press)) return false;
    const { hangUp } = this.#options;
    emitKeypressEvents(stdin);
    stdin.on("keypress", this.#press).on("end", hangUp).on("error", hangUp).resume();
    this.#stack.defer(() => {
      stdin.off("keypress", this.#press).off("end", hangUp).off("error", hangUp).pause();
    });
    return true;
  }

  async #write(text: string): Promise<void> {
    const { output, hangUp } = this.#options;
    await output.write(new TextEncoder().encode(text)).catch(hangUp);
  }

  /** Takes a key; those that send an escape sequence, as arrows do, have no text of their own. */
  readonly #press = (text: string | undefined, { sequence }: Key): void => {
    const whole = this.#cut + sequence;
    const isText = this.#cut === "" && text !== undefined;
    this.#cut = CUT_SEQUENCE.test(whole) ? whole : "";
    if (isText) this.#answer?.(text);
  };

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

/** Edits a line character by character, and tells it at Enter, or at Ctrl-D if there is none. */
function lineReader(tell: (line: string | undefined) => void): (char: string) => void {
  const typed: string[] = [];
  return (char) => {
    const isEnd = char === "\r" || char === "\n" || char === "\x04" && typed.length === 0;
    if (isEnd) tell(typed.join("") || undefined);
    else if (char === "\x7f" || char === "\b") typed.pop();
    else if (char === "\x15") typed.length = 0; // Ctrl-U
    else if (char >= " ") typed.push(char);
  };
}
