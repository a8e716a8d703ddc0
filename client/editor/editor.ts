import process from "node:process";
import { Readable } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import { escapeText } from "../../text/escape.ts";
import { commonPrefix } from "../../text/grapheme.ts";
import { BRACKETED_PASTE } from "./bracketed_paste.ts";
import { wordColumns } from "./columns.ts";
import type { Key } from "./key.ts";
import type { Input } from "./key_decoder.ts";
import { KeyReader } from "./key_reader.ts";
import { hasPasteToken, Pastes } from "./pastes.ts";
import { Screen } from "./screen.ts";
import { terminalOutput } from "./terminal_size.ts";
import { TypedLine } from "./typed_line.ts";

/** What to complete a line with: whole candidates, and the end of the line that they replace. */
export type Completion = readonly [candidates: readonly string[], fragment: string];

/** What an editor works with, and whom it tells what. */
export interface LineEditorOptions {
  /** Where the keys come from. */
  readonly input: ReadStream;
  /** The terminal that shows the line. */
  readonly output: WriteStream;
  /** What stands in front of the line; it may hold SGR sequences, but no other controls. */
  readonly prompt: string;
  /** True for a terminal that knows no escape sequences; default: `TERM` is `dumb`, if it may be read. */
  readonly dumb?: boolean;
  /** Whether all notes that are printed have their times; default: false. */
  readonly timed?: boolean;
  /** Completes what is before the cursor, at Tab. */
  readonly completer?: (line: string) => Completion | Promise<Completion>;
  /**
   * Stops the process group, at Ctrl-Z, and resolves when it goes on; the terminal is as it
   * was found meanwhile. Without it Ctrl-Z does nothing.
   */
  readonly suspend?: () => Promise<void>;
  /** Hears a line at Enter: the exact text, with pastes in their places. */
  readonly onLine: (text: string) => void;
  /**
   * Hears, at Enter, what a line with pastes of several lines would say. The line stays,
   * and is said at the next Enter if it is still the same.
   */
  readonly onConfirm: (text: string) => void;
  /** Hears a text that was given back, and is gone from the line as another one is typed. */
  readonly onSetAside?: (text: string) => void;
  /** Hears that a paste was not taken: those in the line would be more than are kept. */
  readonly onRefuse?: (chars: number) => void;
  /**
   * Hears, once, that the editor is closed: by Ctrl-C or Ctrl-D on an empty line, by
   * {@linkcode LineEditor.close}, since the terminal is gone, or by a crash.
   */
  readonly onClose: () => void;
}

/**
 * How long a size has to last before the line is drawn anew, in milliseconds: tmux tells
 * programs of a new size up to 250 ms after it has wrapped what it shows.
 */
const RESIZE_MS = 300;

/** How many lines the history has. */
const historySize = 1_000;

/** Ways out of the program that nobody chose. */
const CRASHES = ["error", "unhandledrejection", "unload"];

/**
 * A line that somebody types on a terminal, with other lines appearing above it. What keys
 * do, and the history, are readline's; this class edits by what people see as characters,
 * and draws.
 *
 * The line holds the exact text; what could drive the terminal or hide is shown as an
 * escape. While the editor is open the terminal is in raw mode and brackets pastes; it is
 * as before once the editor is closed, and after a crash.
 */
export class LineEditor extends TypedLine {
  readonly #options: LineEditorOptions;
  readonly #screen: Screen;
  readonly #pastes = new Pastes();
  readonly #keys: KeyReader;
  #state: "open" | "suspended" | "closed" = "open";
  /** True from a change of the line until it is drawn, which is once for all keys read at once. */
  #stale = false;
  /** Waits for the end of a resize. */
  #resizing: ReturnType<typeof setTimeout> | undefined;
  /** The line with pastes that was shown for confirmation, while it is unchanged. */
  #asked: string | undefined;
  /** The text that was given back, while nothing has been done with it. */
  #restored: string | undefined;

  /** Takes the terminal, and shows the prompt. */
  constructor(options: LineEditorOptions) {
    const { input, output, prompt, dumb = process.env.TERM === "dumb", timed = false } = options;
    const others = output.listeners("resize");
    // Readline would type what it does not know: it reads nothing, and gets keys one by one.
    super({ input: new Readable({ read() {} }), output, prompt, terminal: true, historySize });
    // Readline would draw the line anew at each step of a resize. While that is on its way the
    // terminal wraps everything once more, and it would land in the wrong rows.
    for (const listener of output.listeners("resize")) {
      if (!others.includes(listener)) output.off("resize", listener as () => void);
    }
    output.on("resize", this.#resized);
    this.#options = options;
    this.#screen = new Screen(terminalOutput(output), { dumb, timed });
    this.#keys = new KeyReader(input, (input) => this.#handle(input));
    for (const crash of CRASHES) globalThis.addEventListener(crash, this.#close);
    // To lose the terminal is a way to leave. What is written on the way fails once more.
    output.on("error", this.#close);
    input.on("error", this.#close).on("end", this.#close);
    this.#open();
  }

  /** Prints lines, which must hold no controls but SGR sequences, above the line. */
  print(lines: readonly string[]): void {
    this.#screen.print(lines);
  }

  /** Rings the terminal's bell. */
  ring(): void {
    this.#screen.ring();
  }

  /**
   * Puts a text that was said back into the line, to be edited or said again; false if
   * something else is typed there. Who types on at once means another text, and not to add
   * to this one, which may have come between two keys: that sets it aside.
   */
  restore(text: string): boolean {
    if (this.line !== "" || this.#state === "closed") return false;
    const collapsed = this.#pastes.collapse(text);
    const line = collapsed.includes("\n") ? this.#pastes.add(text) : collapsed;
    if (line === undefined) return false;
    this.change(line, line.length);
    this.#restored = text;
    return true;
  }

  /** Changes what stands in front of the line. */
  override setPrompt(prompt: string): void {
    super.setPrompt(prompt);
    if (#screen in this) this._refreshLine(); // Readline's constructor calls this.
  }

  /** Clears the terminal, but for the line. */
  clear(): void {
    this.#screen.clear();
  }

  /**
   * Takes the terminal again and shows the line, after the process was stopped and
   * continued by others; after {@linkcode LineEditorOptions.suspend} it is done already.
   */
  override resume(): this {
    if (this.#state === "closed") return this;
    this.#options.input.resume();
    this.#open();
    return this;
  }

  /** Gives the terminal back as it was, with the cursor below the line. */
  override close(): void {
    if (this.#state === "closed") return;
    for (const crash of CRASHES) globalThis.removeEventListener(crash, this.#close);
    this.#options.output.off("resize", this.#resized);
    clearTimeout(this.#resizing);
    if (this.line === "") this.#screen.erase();
    else this.#screen.leave();
    this.#release("closed");
    this.#keys[Symbol.dispose]();
    this.#options.input.off("end", this.#close);
    super.close();
    this.#options.onClose();
  }

  /** Prevents nothing: whoever crashes goes on to say so, on a terminal that can be read. */
  readonly #close = (): void => this.close();

  /** Draws the line anew once the terminal has the size that the person wanted. */
  readonly #resized = (): void => {
    clearTimeout(this.#resizing);
    this.#resizing = setTimeout(() => this.#draw(), RESIZE_MS);
  };

  #open(): void {
    this.#state = "open";
    this.#options.input.setRawMode(true);
    this.#screen.setMode(BRACKETED_PASTE, true);
    this.#draw();
  }

  #release(state: "suspended" | "closed"): void {
    this.#state = state;
    this.#screen.setMode(BRACKETED_PASTE, false);
    this.#options.input.setRawMode(false);
  }

  async #suspend(): Promise<void> {
    if (!this.#options.suspend) return;
    this.#screen.erase();
    this.#release("suspended");
    try {
      await this.#options.suspend();
    } finally {
      if (this.#state === "suspended") this.#open();
    }
  }

  #draw(): void {
    this.#stale = false;
    if (this.#state !== "open") return;
    const text = escapeText(this.line);
    // Joiners are shown by what stands before them: the start of a line alone may look otherwise.
    const after = escapeText(this.line.slice(this.cursor));
    const before = text.slice(0, text.length - after.length);
    this.#screen.draw({ prompt: this.getPrompt(), before, after });
  }

  override _refreshLine(): void {
    if (this.line !== this.#asked) this.#asked = undefined;
    if (this.#stale) return;
    this.#stale = true;
    queueMicrotask(() => this.#draw());
  }

  #handle(input: Input): void {
    if (this.#state !== "open") return;
    switch (input.type) {
      case "paste":
        return this.#paste(input.text);
      case "refused":
        return this.#options.onRefuse?.(input.chars);
      case "key":
        this.#press(input);
        this.#restored = undefined;
    }
  }

  #press(key: Key): void {
    switch (key.ctrl ? `C-${key.name}` : key.name) {
      case "C-c":
        return this.#interrupt();
      case "C-l":
        return this.clear();
      case "C-z":
        return void this.#suspend();
      case "tab":
        return void this.#complete();
      default:
        super._ttyWrite(key.text, key);
    }
  }

  override _insertString(text: string): void {
    this.#setAside();
    super._insertString(text);
  }

  #setAside(): void {
    if (this.#restored === undefined) return;
    this.#options.onSetAside?.(this.#restored);
    this.#restored = undefined;
    this.change("", 0);
  }

  #interrupt(): void {
    if (this.line === "") return this.close();
    this._addHistory();
    this.clearLine();
  }

  /** Enter. */
  override _line(): void {
    const { line } = this;
    const text = this.#pastes.expand(line);
    if (hasPasteToken(line) && line !== this.#asked) {
      this.#asked = line;
      return this.#options.onConfirm(text);
    }
    this._addHistory();
    this.clearLine();
    this.#options.onLine(text);
  }

  #paste(text: string): void {
    this.#setAside();
    const lines = text.replaceAll(/\r\n?/g, "\n").replace(/\n$/, "");
    const inserted = lines.includes("\n") ? this.#pastes.add(lines, this.line) : lines;
    if (inserted === undefined) return this.#options.onRefuse?.(text.length);
    this.insert(inserted);
  }

  async #complete(): Promise<void> {
    const { line, cursor } = this;
    const completion = this.#options.completer?.(line.slice(0, cursor));
    if (!completion) return;
    const [candidates, fragment] = completion instanceof Promise ? await completion : completion;
    if (this.line !== line || this.cursor !== cursor) return;
    const prefix = commonPrefix(candidates);
    if (prefix !== fragment && prefix.length >= fragment.length) {
      const start = cursor - fragment.length;
      this.change(line.slice(0, start) + prefix + line.slice(cursor), start + prefix.length);
    } else if (candidates.length > 1) {
      this.print(wordColumns(candidates.map(escapeText), this.#options.output.columns || 80));
    }
  }
}
