import process from "node:process";
import { escapeText } from "../../text/escape.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { Chat } from "../chat.ts";
import type { BellMode } from "../conversation/commands/bell_mode.ts";
import { complete, completesRooms } from "../conversation/commands/completion.ts";
import { FrontEnd } from "../conversation/front_end.ts";
import { LineEditor } from "../editor/editor.ts";
import { MAX_PASTES } from "../editor/pastes.ts";
import type { Completion } from "../editor/typed_line.ts";
import type { IgnoredFile } from "../profile/ignored_file.ts";
import type { ReadMarker, ReadMarkers } from "../profile/read_markers.ts";
import { renderHeader } from "../render/header.ts";
import { remark, type View } from "../render/render.ts";
import { renderRow } from "../render/row.ts";
import { renderPrompt } from "../render/prompt.ts";
import { previewPaste } from "./paste_preview.ts";

/** The options of a chat on a terminal. */
export interface TerminalOptions {
  /** The servers of the chat: each `HOST:PORT` or `unix:PATH`. */
  readonly addresses: readonly string[];
  /** The name and the room at the start. */
  readonly name: string;
  readonly room: string;
  /** The display settings. */
  readonly view: Omit<View, "self">;
  /** The notes that ring the bell. */
  readonly bell: BellMode;
  /** Whether to hide joins and leaves. */
  readonly quiet: boolean;
  /** Remembers the last notes seen; without it no line marks the new ones. */
  readonly seen?: ReadMarkers | undefined;
  /** Remembers who is ignored. */
  readonly ignored?: IgnoredFile | undefined;
  /** Stops the process group, and resolves when it continues. Without it Ctrl-Z does nothing. */
  readonly suspend?: (() => Promise<void>) | undefined;
  /** Leaves the chat when aborted. */
  readonly signal: AbortSignal;
  /** Calls a listener whenever the process continues after a stop. */
  readonly onContinue: (listener: () => void) => Disposable;
}

/** The limit of pastes, in words. */
const MAX_PASTED = `a line has at most ${MAX_PASTES.count} pastes, of ${
  formatNumber(MAX_PASTES.chars)
} in all`;

/** The failure of reading the last notes seen, in words. */
const LOOK_UP = "look up what you have seen";

/**
 * Chats on a terminal until the person leaves: by `/quit`, Ctrl-D on an empty line, or by
 * the `signal` of the options.
 *
 * @param left Leaves `chat` when aborted.
 * @returns The lines that the server had not answered by then.
 * @throws {ChatError} when the server does not admit us any more.
 */
export async function chatOnTerminal(
  chat: Chat,
  left: AbortController,
  options: TerminalOptions,
): Promise<readonly string[]> {
  let trouble: unknown;
  const seen = await options.seen?.read(options).catch((error) => void (trouble = error));
  const terminal = new TerminalChat(chat, left, options, seen);
  if (trouble !== undefined) terminal.reportFailure(LOOK_UP, trouble);
  return await terminal.run();
}

/** A chat at a terminal: an editor for lines, and what it prints. */
class TerminalChat {
  readonly #options: TerminalOptions;
  readonly #editor: LineEditor;
  readonly #frontEnd: FrontEnd;

  constructor(
    chat: Chat,
    left: AbortController,
    options: TerminalOptions,
    seen?: ReadMarker | void,
  ) {
    this.#options = options;
    const { suspend, view } = options;
    this.#editor = new LineEditor({
      input: process.stdin,
      output: process.stdout,
      prompt: renderPrompt(undefined),
      timed: view.time !== "off",
      completer: (line) => this.#complete(line),
      ...(suspend &&
        { suspend: () => suspend().catch((error) => this.reportFailure("stop", error)) }),
      onLine: (line) => void this.#frontEnd.handle(line),
      onConfirm: (text) => this.#print(...previewPaste(text)),
      onSetAside: (text) => this.#print(remark(`not sent: ${escapeText(text)}`)),
      onRefuse: (chars) =>
        this.#print(
          remark(`a paste of ${formatCount(chars, "character")} is too much: ${MAX_PASTED}`),
        ),
      onInterrupt: () => this.#print(remark("Ctrl-D or /quit leaves")),
      onClose: () => this.#frontEnd.leave(),
    });
    const { zone } = view;
    this.#frontEnd = new FrontEnd({ chat, left }, seen ?? undefined, { ...options, zone }, {
      show: (rows, bell) => {
        this.#editor.print(rows.flatMap((row) => renderRow(row, view)));
        if (bell) this.#editor.ring();
      },
      restore: (text) => this.#editor.restore(text),
      typed: () => this.#editor.text,
      showRecipient: (person) => this.#editor.setPrompt(renderPrompt(person, this.#editor.columns)),
      header: (event) => renderHeader(event, this.#editor.columns),
      close: () => this.#editor.close(),
    });
    if (options.signal.aborted) this.#frontEnd.leave();
    options.signal.addEventListener("abort", () => this.#frontEnd.leave(), { once: true });
  }

  /** Chats until the person leaves; returns the lines that were unanswered then. */
  async run(): Promise<readonly string[]> {
    using stack = new DisposableStack();
    stack.defer(() => this.#editor.close());
    stack.use(this.#options.onContinue(() => this.#editor.resume()));
    return await this.#frontEnd.run();
  }

  /** Reports a failure that does not end the chat. */
  reportFailure(what: string, error: unknown): void {
    this.#frontEnd.reportFailure(what, error);
  }

  #print(...lines: readonly string[]): void {
    this.#frontEnd.print(...lines);
  }

  /** Completes at once, unless the server must be asked: the next keys may already be there. */
  #complete(line: string): Completion | Promise<Completion> {
    const { names, guests } = this.#frontEnd.transcript;
    const known = () =>
      complete(line, {
        ...{ names, guests, rooms: this.#frontEnd.knownRooms },
        ignored: this.#frontEnd.ignored.names,
      });
    // Without an answer, use the rooms known before.
    return completesRooms(line) ? this.#frontEnd.rooms().then(known, known) : known();
  }
}
