import process from "node:process";
import { escapeText } from "../../text/escape.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { Chat } from "../chat.ts";
import type { BellMode } from "../conversation/commands/bell_mode.ts";
import { complete, completesRooms } from "../conversation/commands/completion.ts";
import { isKept } from "../conversation/commands/is_kept.ts";
import { FrontEnd } from "../conversation/front_end.ts";
import { LineEditor } from "../editor/editor.ts";
import type { History } from "../editor/history.ts";
import { MAX_PASTES } from "../editor/pastes.ts";
import { type Completion, TypedLine } from "../editor/typed_line.ts";
import type { HistoryFile, SentLine } from "../profile/history_file.ts";
import type { IgnoredFile } from "../profile/ignored_file.ts";
import type { ReadMarker, ReadMarkers } from "../profile/read_markers.ts";
import { renderHeader } from "../render/header.ts";
import { remark, type View } from "../render/render.ts";
import { renderRow } from "../render/row.ts";
import { InputHistories } from "./input_histories.ts";
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
  /** Keeps the lines that the person sends; without it nothing does. */
  readonly history?: HistoryFile | undefined;
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

/** The failures of reading the last notes seen, and the lines typed before, in words. */
const LOOK_UP = "look up what you have seen", RECALL = "look up what you have typed before";

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
  const troubles: [what: string, error: unknown][] = [];
  const [seen, sent] = await Promise.all([
    options.seen?.read(options).catch((error) => void troubles.push([LOOK_UP, error])),
    options.history?.read().catch((error) => void troubles.push([RECALL, error])),
  ]);
  const terminal = new TerminalChat(chat, left, options, { seen, sent });
  for (const [what, error] of troubles) terminal.reportFailure(what, error);
  return await terminal.run();
}

/** What is known from earlier chats. */
interface Memory {
  readonly seen?: ReadMarker | void | undefined;
  /** The lines sent before, the oldest first. */
  readonly sent?: readonly SentLine[] | void | undefined;
}

/** A chat at a terminal: an editor for lines, and what it prints. */
class TerminalChat {
  readonly #options: TerminalOptions;
  readonly #histories: InputHistories;
  readonly #editor: LineEditor;
  /** The line begun in each room, by its history. */
  readonly #lines = new Map<History, TypedLine>();
  readonly #frontEnd: FrontEnd;

  constructor(
    chat: Chat,
    left: AbortController,
    options: TerminalOptions,
    { seen, sent }: Memory,
  ) {
    this.#options = options;
    const { suspend, view } = options;
    this.#histories = new InputHistories(sent ?? [], {
      ...options,
      isKept: (line) => isKept(line, this.#frontEnd.queried),
      onFailure: (error) => this.reportFailure("keep what you type", error),
    });
    this.#editor = new LineEditor({
      input: process.stdin,
      output: process.stdout,
      prompt: renderPrompt(undefined),
      history: this.#histories.of(options.room),
      timed: view.time !== "off",
      completer: (line) => this.#complete(line),
      ...(suspend &&
        { suspend: () => this.#stop(suspend).catch((error) => this.reportFailure("stop", error)) }),
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
        this.#editor.print(rows.map((row) => renderRow(row, view).join("\n")));
        if (bell) this.#editor.ring();
      },
      restore: (text) => this.#editor.restore(text),
      header: (event) => {
        this.#enter(event.room);
        return renderHeader(event, this.#editor.columns);
      },
      typed: () => this.#editor.text,
      showRecipient: (person) => this.#editor.setPrompt(renderPrompt(person, this.#editor.columns)),
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
    try {
      return await this.#frontEnd.run();
    } finally {
      await this.#histories.flush();
    }
  }

  /** Stops once the file of the history is not locked, so that other programs need not wait. */
  async #stop(suspend: () => Promise<void>): Promise<void> {
    await this.#histories.flush();
    await suspend();
  }

  /** Reports a failure that does not end the chat. */
  reportFailure(what: string, error: unknown): void {
    this.#frontEnd.reportFailure(what, error);
  }

  /** Goes on with the line that was begun in a room. */
  #enter(room: string): void {
    const history = this.#histories.of(room);
    const isFirst = this.#lines.size === 0;
    const line = this.#lines.getOrInsertComputed(
      history,
      () => isFirst ? this.#editor.line : new TypedLine(history),
    );
    if (line !== this.#editor.line) this.#editor.edit(line);
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
