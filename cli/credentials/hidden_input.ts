import process from "node:process";
import type { Key } from "../../client/editor/key.ts";
import type { Input } from "../../client/editor/key_decoder.ts";
import type { KeyReader } from "../../client/editor/key_reader.ts";
import type { Context } from "../framework/command.ts";
import { waitForAbort } from "../process/wait_for_abort.ts";
import { waitForTypeAhead } from "./type_ahead.ts";

/** The environment of hidden input. */
export interface HiddenInputOptions extends Pick<Context, "signal" | "hangUp" | "onContinue"> {
  /** The terminal for prompts. */
  readonly output: Pick<typeof Deno.stderr, "write">;
}

/**
 * A Windows console echoes keys only while a program reads a line. Without the echo, it passes
 * Ctrl-C on as a key: Deno refuses `cbreak` there.
 */
const ON_WINDOWS = Deno.build.os === "windows";

/**
 * A terminal on standard input that does not echo typed keys, until disposed. If the program
 * crashes or exits, Deno restores the terminal.
 *
 * Before the first prompt nothing reads the keys: they wait for the next reader. From then on keys
 * that answer no prompt are dropped, including earlier ones, which were meant for something else.
 * Ctrl-C and Ctrl-Z work as usual.
 */
export class HiddenInput implements Disposable {
  readonly #options: HiddenInputOptions;
  readonly #stack = new DisposableStack();
  /** Receives the next key while there is a prompt. */
  #answer: ((key: Key) => void) | undefined;
  /** Reads the keys, from the first prompt on. */
  #keys: KeyReader | undefined;

  /** Stops echoing keys. */
  constructor(options: HiddenInputOptions) {
    this.#options = options;
    if (!ON_WINDOWS) this.#stopEcho(); // A console stays as it is until the keys are read.
  }

  /**
   * Prompts for a line. Returns undefined if the line is empty, the program is stopping, or the
   * terminal is gone.
   */
  async ask(question: string): Promise<string | undefined> {
    await this.#startReading();
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    // Before the prompt: an answer may arrive sooner than the news that the prompt was written.
    this.#answer = lineReader(resolve);
    try {
      await this.#write(question);
      return await Promise.race([
        promise,
        waitForAbort(this.#options.signal).then(() => undefined),
      ]);
    } finally {
      this.#answer = undefined;
      await this.#write("\n");
    }
  }

  /** Starts reading the keys, and drops earlier ones. */
  async #startReading(): Promise<void> {
    if (this.#keys) return;
    const { KeyReader } = await import("../../client/editor/key_reader.ts"); // Few are ever asked.
    const { stdin } = process;
    const { hangUp } = this.#options;
    if (ON_WINDOWS) this.#stopEcho();
    this.#keys = this.#stack.use(new KeyReader(stdin, (input) => this.#handle(input)));
    stdin.on("end", hangUp).on("error", hangUp);
    this.#stack.defer(() => stdin.off("end", hangUp).off("error", hangUp));
    await waitForTypeAhead();
  }

  #stopEcho(): void {
    setEcho(false);
    this.#stack.defer(() => setEcho(true));
    // The shell turns the echo on, and does not turn it off again.
    this.#stack.use(this.#options.onContinue(() => setEcho(false)));
  }

  async #write(text: string): Promise<void> {
    const { output, hangUp } = this.#options;
    await output.write(new TextEncoder().encode(text)).catch(hangUp);
  }

  #handle(input: Input): void {
    if (input.type === "refused") return;
    const keys = input.type === "key" ? [input] : decodeKeys(input.text);
    for (const key of keys) {
      // From consoles, and from terminals that encode all keys; elsewhere it is a signal.
      if (key.ctrl && key.name === "c") this.#options.hangUp();
      else this.#answer?.(key);
    }
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

/** Turns the terminal's echo on or off. A closed terminal needs neither. */
function setEcho(on: boolean): void {
  try {
    Deno.stdin.setRaw(!on, { cbreak: !on && !ON_WINDOWS });
  } catch (error) {
    if (Deno.stdin.isTerminal()) throw error;
  }
}

/** The keys that type a text. Of control characters, only line ends count. */
function* decodeKeys(text: string): Generator<Key, void> {
  for (const character of text) {
    if (/[\r\n]/.test(character)) yield { type: "key", name: "return" };
    else if (!/\p{Cc}/u.test(character)) yield { type: "key", text: character };
  }
}

/**
 * Edits a line character by character, and reports it at Enter, or undefined if it is empty.
 */
function lineReader(onLine: (line: string | undefined) => void): (key: Key) => void {
  const typed: string[] = [];
  return ({ text, name = "", ctrl = false }) => {
    if (text !== undefined) return void typed.push(text);
    switch (ctrl ? `C-${name}` : name) {
      case "return":
      case "enter":
        return onLine(typed.join("") || undefined);
      case "C-d":
        return typed.length === 0 ? onLine(undefined) : undefined;
      case "C-u":
        typed.length = 0;
        return;
      case "backspace":
        typed.pop();
    }
  };
}
