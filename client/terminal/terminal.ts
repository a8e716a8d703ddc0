import process from "node:process";
import { escapeText } from "../../text/escape.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { Chat } from "../chat.ts";
import type { BellMode } from "../conversation/commands/bell_mode.ts";
import { complete, completesRooms } from "../conversation/commands/completion.ts";
import { isKept } from "../conversation/commands/is_kept.ts";
import { FrontEnd } from "../conversation/front_end.ts";
import type { Conversation } from "../conversation/conversation.ts";
import type { Display } from "../conversation/display.ts";
import { LineEditor } from "../editor/editor.ts";
import { MAX_PASTES } from "../editor/pastes.ts";
import { type Completion, TypedLine } from "../editor/typed_line.ts";
import type { HistoryFile, SentLine } from "../profile/history_file.ts";
import type { IgnoredFile } from "../profile/ignored_file.ts";
import type { ReadMarker, ReadMarkers } from "../profile/read_markers.ts";
import { renderHeader } from "../render/header.ts";
import { remark, type View } from "../render/render.ts";
import { dimLine, renderRow, type Row } from "../render/row.ts";
import { InputHistories } from "./input_histories.ts";
import { previewPaste } from "./paste_preview.ts";
import { PLAIN_PROMPT, renderPrompt } from "./prompt.ts";

/** The options of a chat on a terminal. */
export interface TerminalOptions {
  /** The servers of the chat: each `HOST:PORT` or `unix:PATH`. */
  readonly addresses: readonly string[];
  /** The name and the room at the start. */
  readonly name: string;
  readonly room: string;
  /** The rooms to open besides that one. */
  readonly moreRooms: readonly string[];
  /** The number of the newest notes of each room to start with. */
  readonly last: number;
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
class TerminalChat implements Display {
  readonly #options: TerminalOptions;
  readonly #histories: InputHistories;
  readonly #editor: LineEditor;
  readonly #frontEnd: FrontEnd;
  /** The lines begun in the open rooms. */
  readonly #lines = new Map<Conversation, TypedLine>();
  /** Formats the prompt. The editor shows its line before there are rooms. */
  #prompt: (columns: number) => string = () => PLAIN_PROMPT;

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
      prompt: (columns) => this.#prompt(columns),
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
      onSwitch: (number) => this.#frontEnd.viewNumber(number),
      onInterrupt: () => this.#print(remark("Ctrl-D or /quit leaves")),
      onClose: () => this.#frontEnd.leave(),
    });
    const { room } = options;
    const { zone } = view;
    const first = { chat, left, room, seen: seen ?? undefined };
    const frontEnd = this.#frontEnd = new FrontEnd(first, { ...options, zone }, this);
    this.#prompt = (columns) => {
      const { openRooms: rooms, current, queried } = frontEnd;
      return renderPrompt({ rooms, current, queried, columns, style: view.style });
    };
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

  show(rows: readonly Row[]): void {
    const { view } = this.#options;
    this.#editor.print(rows.map((row) => renderRow(row, view).join("\n")));
  }

  ring(): void {
    this.#editor.ring();
  }

  enter(room: Conversation, missed: readonly Row[]): void {
    const line = this.#lines.get(room) ??
      (this.#lines.size === 0 ? this.#editor.line : new TypedLine(this.#histories.of(room.room)));
    this.#lines.set(room, line);
    this.#editor.edit(line);
    const { room: name, members, topic } = room.transcript;
    // Otherwise the header follows, with the people there.
    const header = name === undefined
      ? []
      : this.header({ room: name, members, ...topic && { topic } });
    this.show([...header.map(dimLine), ...missed]);
  }

  forget(room: Conversation): string {
    const text = this.#lines.get(room)?.text ?? "";
    this.#lines.delete(room);
    return text;
  }

  restore(text: string, room: Conversation): boolean {
    const line = this.#lines.get(room);
    return line === this.#editor.line ? this.#editor.restore(text) : line?.restore(text) ?? false;
  }

  typed(room: Conversation): string {
    return this.#lines.get(room)?.buffer.text ?? "";
  }

  update(): void {
    this.#editor.updatePrompt();
  }

  header(room: Parameters<Display["header"]>[0]): readonly string[] {
    return renderHeader(room, this.#editor.columns);
  }

  clear(): void {
    this.#editor.clear();
  }

  close(): void {
    this.#editor.close();
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
    const { transcript: { names, guests }, openRooms, ignored } = this.#frontEnd;
    const known = () =>
      complete(line, {
        ...{ names, guests, rooms: this.#frontEnd.knownRooms, ignored: ignored.names },
        openRooms: openRooms.map(({ room }) => room),
      });
    // Without an answer, use the rooms known before.
    return completesRooms(line) ? this.#frontEnd.rooms().then(known, known) : known();
  }
}
