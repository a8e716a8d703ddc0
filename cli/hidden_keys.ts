import process from "node:process";
import { aborted } from "./aborted.ts";
import type { Context } from "./command.ts";

/**
 * A terminal on standard input that shows nothing of what is typed, until it is disposed.
 *
 * Up to the first question nothing reads the keys: they answer it, or are there for whoever
 * reads next. From then on those that answer no question are dropped, as they may be a secret.
 * Ctrl-C and Ctrl-Z do what they always do.
 */
export class HiddenKeys implements Disposable {
  readonly #signal: AbortSignal;
  readonly #continued: Disposable;
  readonly #decoder = new TextDecoder();
  /** Takes the next key, while there is a question. */
  #answer: ((key: string) => void) | undefined;

  /** Hides the keys from here on. */
  constructor({ signal, onContinue }: Pick<Context, "signal" | "onContinue">) {
    this.#signal = signal;
    hide();
    this.#continued = onContinue(hide); // The shell shows them, and leaves it at that.
  }

  /**
   * Asks for a line. It is undefined if it is empty, the terminal is gone, or the program is
   * to finish.
   */
  async ask(question: string): Promise<string | undefined> {
    await Deno.stderr.write(new TextEncoder().encode(question));
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const end = () => resolve(undefined);
    this.#answer = lineReader(resolve);
    if (!process.stdin.listeners("data").includes(this.#take)) process.stdin.on("data", this.#take);
    process.stdin.once("end", end);
    try {
      return await Promise.race([promise, aborted(this.#signal).then(() => undefined)]);
    } finally {
      this.#answer = undefined;
      process.stdin.off("end", end);
      await Deno.stderr.write(new TextEncoder().encode("\n"));
    }
  }

  readonly #take = (typed: string | Uint8Array): void => {
    const text = typeof typed === "string" ? typed : this.#decoder.decode(typed, { stream: true });
    for (const key of text) this.#answer?.(key);
  };

  [Symbol.dispose](): void {
    this.#continued[Symbol.dispose]();
    process.stdin.off("data", this.#take).pause();
    Deno.stdin.setRaw(false);
  }
}

function hide(): void {
  Deno.stdin.setRaw(true, { cbreak: true });
}

/** Edits a line key by key, and tells it at Enter, or at Ctrl-D if there is none. */
function lineReader(tell: (line: string | undefined) => void): (key: string) => void {
  const typed: string[] = [];
  return (key) => {
    const isEnd = key === "\r" || key === "\n" || key === "\x04" && typed.length === 0;
    if (isEnd) tell(typed.join("") || undefined);
    else if (key === "\x7f" || key === "\b") typed.pop();
    else if (key === "\x15") typed.length = 0; // Ctrl-U
    else if (key >= " ") typed.push(key);
  };
}
