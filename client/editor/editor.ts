import process from "node:process";
import type { ReadStream, WriteStream } from "node:tty";
import { escapeText } from "../../text/escape.ts";
import { BRACKETED_PASTE } from "./bracketed_paste.ts";
import { wordColumns } from "./columns.ts";
import type { History } from "./history.ts";
import type { Input } from "./key_decoder.ts";
import { KeyReader } from "./key_reader.ts";
import type { LineEvent } from "./keymap.ts";
import { searchPrompt, showLine } from "./line_layout.ts";
import { Screen } from "./screen.ts";
import { terminalOutput } from "./terminal_size.ts";
import { type Completion, TypedLine, type VisibleLine } from "./typed_line.ts";

/** The terminal of a line editor, and the listeners to its events. */
export interface LineEditorOptions {
  /** The source of the keys. */
  readonly input: ReadStream;
  /** The terminal that shows the line. */
  readonly output: WriteStream;
  /**
   * Returns the text in front of the line, on a terminal of `columns` columns. It may have SGR
   * sequences, but no other controls.
   */
  readonly prompt: (columns: number) => string;
  /** The lines typed before. Default: none. */
  readonly history?: History;
  /** Whether all notes are printed with their times; default: false. */
  readonly timed?: boolean;
  /** Completes the text before the cursor, at Tab. */
  readonly completer?: (before: string) => Completion | Promise<Completion>;
  /**
   * Stops the process group, at Ctrl-Z, and resolves when it continues. Until then the terminal is
   * in its original state. Without it Ctrl-Z does nothing.
   */
  readonly suspend?: () => Promise<void>;
  /** Called at Enter with the exact text of the line, with pastes in their places. */
  readonly onLine: (text: string) => void;
  /**
   * Called at Enter with the text of a line that has pastes of several lines. The line stays, and
   * the next Enter ends it if it is still the same.
   */
  readonly onConfirm: (text: string) => void;
  /** Called with a restored text that another one has replaced. */
  readonly onSetAside?: (text: string) => void;
  /** Called with the length of a paste that was refused: there is no room for it in the line. */
  readonly onRefuse?: (chars: number) => void;
  /** Called with the number of another line that is wanted, from 1 on. */
  readonly onSwitch?: (number: number) => void;
  /** Called at Ctrl-C on an empty line. */
  readonly onInterrupt?: () => void;
  /**
   * Called once, when the editor is closed: by Ctrl-D on an empty line, by
   * {@linkcode LineEditor.close}, by the loss of the terminal, or by a crash.
   */
  readonly onClose: () => void;
}

/**
 * The time that a new size must last before the line is drawn anew, in milliseconds. tmux reports a
 * new size up to 250 ms after it has wrapped its rows anew.
 */
const RESIZE_MS = 300;

/** Events that end the program by surprise. */
const CRASHES = ["error", "unhandledrejection", "unload"];

/**
 * A line that a person types on a terminal, with other lines appearing above it.
 * {@linkcode TypedLine} edits it, and {@linkcode Screen} shows it.
 *
 * While the editor is open the terminal is in raw mode and brackets pastes; it is as before once
 * the editor is closed, and after a crash.
 */
export class LineEditor {
  readonly #options: LineEditorOptions;
  readonly #screen: Screen;
  #line: TypedLine;
  /** The prompt as it was drawn. */
  #prompt = "";
  readonly #keys: KeyReader;
  #state: "open" | "suspended" | "closed" = "open";
  /** True from a change of the line until it is drawn, once for all keys of a read. */
  #isStale = false;
  /** Runs until a resize is over. */
  #resizing: ReturnType<typeof setTimeout> | undefined;

  /** Switches the terminal to raw mode, and shows the prompt. */
  constructor(options: LineEditorOptions) {
    const { input, output, timed = false } = options;
    const dumb = process.env.TERM === "dumb";
    this.#options = options;
    this.#line = new TypedLine(options.history);
    this.#screen = new Screen(terminalOutput(output), { dumb, timed });
    this.#keys = new KeyReader(input, (input) => this.#handle(input));
    for (const crash of CRASHES) globalThis.addEventListener(crash, this.#close);
    output.on("resize", this.#onResize);
    // A lost terminal closes the editor. Writing to it on the way out fails once more.
    output.on("error", this.#close);
    input.on("error", this.#close).on("end", this.#close);
    this.#open();
  }

  /** The number of characters in a row of the terminal. */
  get columns(): number {
    return this.#screen.columns;
  }

  /** Prints lines above the line; see {@linkcode Screen.print}. */
  print(lines: readonly string[]): void {
    if (lines.length > 0) clearTimeout(this.#resizing); // This draws the line, too.
    this.#screen.print(lines);
  }

  /** The line that is typed. */
  get line(): TypedLine {
    return this.#line;
  }

  /** Goes on with another line, which has a history of its own. */
  edit(line: TypedLine): void {
    this.#line.cancel();
    this.#line = line;
    this.#draw(); // What is printed next is above it.
  }

  /** Shows the prompt anew, if it has changed. */
  updatePrompt(): void {
    if (this.#options.prompt(this.columns) !== this.#prompt) this.#redraw();
  }

  /** Clears the terminal except for the line. */
  clear(): void {
    this.#screen.clear();
  }

  /** Rings the terminal's bell. */
  ring(): void {
    this.#screen.ring();
  }

  /** Puts a text back into an empty line; see {@linkcode TypedLine.restore}. */
  restore(text: string): boolean {
    if (this.#state === "closed" || !this.#line.restore(text)) return false;
    this.#redraw();
    return true;
  }

  /**
   * Switches the terminal to raw mode again and shows the line, after other processes have stopped
   * and continued this one. After {@linkcode LineEditorOptions.suspend} this is done already.
   */
  resume(): void {
    if (this.#state === "closed") return;
    this.#options.input.resume();
    this.#open();
  }

  /** Restores the terminal, with the cursor below the line. */
  close(): void {
    if (this.#state === "closed") return;
    for (const crash of CRASHES) globalThis.removeEventListener(crash, this.#close);
    this.#options.output.off("resize", this.#onResize);
    clearTimeout(this.#resizing);
    if (this.#line.buffer.text === "") this.#screen.erase();
    else this.#screen.leave();
    this.#release("closed");
    this.#keys[Symbol.dispose]();
    this.#options.input.off("end", this.#close);
    this.#options.onClose();
  }

  /** Prevents nothing: a crash is reported afterwards, on a terminal that can be read. */
  readonly #close = (): void => this.close();

  /**
   * Draws the line anew once the terminal has its final size, unless it has been drawn since. At
   * each step of a resize the terminal wraps its rows once more, and the line would land in the
   * wrong ones.
   */
  readonly #onResize = (): void => {
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

  #redraw(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    queueMicrotask(() => this.#draw());
  }

  #draw(): void {
    this.#isStale = false;
    clearTimeout(this.#resizing);
    if (this.#state !== "open") return;
    const { text, cursor, search } = this.#line.visible;
    this.#prompt = this.#options.prompt(this.columns);
    const prompt = search ? searchPrompt(search, this.columns) : this.#prompt;
    this.#screen.draw(showLine(prompt, text, cursor));
  }

  #handle(input: Input): void {
    if (this.#state !== "open") return;
    const before = this.#line.visible;
    const events = this.#line.apply(input);
    if (!this.#shows(before)) this.#redraw();
    for (const event of events) this.#emit(event);
  }

  #emit(event: LineEvent): void {
    switch (event.type) {
      case "line":
        return this.#options.onLine(event.text);
      case "confirm":
        return this.#options.onConfirm(event.text);
      case "aside":
        return this.#options.onSetAside?.(event.text);
      case "refuse":
        return this.#options.onRefuse?.(event.chars);
      case "switch":
        return this.#options.onSwitch?.(event.number);
      case "complete":
        return void this.#complete();
      case "clear":
        return this.clear();
      case "suspend":
        return void this.#suspend();
      case "interrupt":
        return this.#options.onInterrupt?.();
      case "close":
        return this.close();
    }
  }

  async #complete(): Promise<void> {
    const line = this.#line;
    const shown = line.visible;
    const answer = this.#options.completer?.(line.buffer.before);
    if (!answer) return;
    // At once, if it is there already: the next keys may come from the same read.
    const completion = answer instanceof Promise ? await answer : answer;
    if (this.#state !== "open" || line !== this.#line || !this.#shows(shown)) return;
    const candidates = line.complete(completion);
    this.#redraw();
    this.print(wordColumns(candidates.map(escapeText), this.columns));
  }

  #shows({ text, cursor, search }: VisibleLine): boolean {
    const now = this.#line.visible;
    return now.text === text && now.cursor === cursor &&
      now.search?.query === search?.query && now.search?.failed === search?.failed;
  }
}
