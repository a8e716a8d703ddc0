import process from "node:process";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { displayName, escapeName, isSameName, parseGuestName } from "../../room/note.ts";
import type { ModerationCommand } from "../../room/moderation.ts";
import type { RoomList } from "../../room/room_list.ts";
import { escapeText } from "../../text/escape.ts";
import { formatCount, formatNumber } from "../../text/number.ts";
import type { Chat, ModerationResult, SayOptions } from "../chat.ts";
import { LineEditor } from "../editor/editor.ts";
import { MAX_PASTES } from "../editor/pastes.ts";
import type { Completion } from "../editor/typed_line.ts";
import type { ReadMarker, ReadMarkers } from "../profile/read_markers.ts";
import { remark, rule, type View } from "../render/render.ts";
import type { BellMode } from "./commands/bell_mode.ts";
import { complete, completesRooms } from "./commands/completion.ts";
import { parseLine } from "./commands/parse_line.ts";
import type { CommandContext } from "./commands/slash_command.ts";
import { SLASH_COMMANDS } from "./commands/table.ts";
import { Conversation } from "./conversation.ts";
import { previewPaste } from "./paste_preview.ts";
import { Transcript, type TranscriptOptions } from "./transcript.ts";

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

/** The number of notes that are shown when the person goes to a room. */
const LAST_ON_MOVE = 100;

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

/** A chat at a terminal: reads lines, and says them or runs their commands. */
class TerminalChat implements CommandContext {
  readonly commands = SLASH_COMMANDS;
  readonly #options: TerminalOptions;
  readonly #editor: LineEditor;
  readonly #conversation: Conversation;
  /** Lines that are being handled. */
  readonly #handling = new Set<Promise<void>>();
  /** Lines that were unanswered when the person left. */
  readonly #unanswered: string[] = [];
  /** The rooms of the server's last list. */
  #rooms: readonly string[] = [];
  #leaving = false;

  constructor(
    chat: Chat,
    left: AbortController,
    options: TerminalOptions,
    seen?: ReadMarker | void,
  ) {
    this.#options = options;
    const { suspend } = options;
    this.#editor = new LineEditor({
      input: process.stdin,
      output: process.stdout,
      prompt: "> ",
      timed: options.view.time !== "off",
      completer: (line) => this.#complete(line),
      ...(suspend &&
        { suspend: () => suspend().catch((error) => this.reportFailure("stop", error)) }),
      onLine: (line) => {
        const handled = this.#handle(line).finally(() => this.#handling.delete(handled));
        this.#handling.add(handled);
      },
      onConfirm: (text) => this.print(...previewPaste(text)),
      onSetAside: (text) => this.print(remark(`not sent: ${escapeText(text)}`)),
      onRefuse: (chars) =>
        this.print(
          remark(`a paste of ${formatCount(chars, "character")} is too much: ${MAX_PASTED}`),
        ),
      onInterrupt: () => this.print(remark("Ctrl-D or /quit leaves")),
      onClose: () => this.#leave(),
    });
    const { quiet, bell } = options;
    const transcript = this.#newTranscript({ quiet, bell, seen: seen ?? undefined });
    this.#conversation = new Conversation({ chat, left, transcript }, (lines, bell) => {
      this.#editor.print(lines);
      if (bell) this.#editor.ring();
    });
    if (options.signal.aborted) this.#leave();
    options.signal.addEventListener("abort", () => this.#leave(), { once: true });
  }

  /** Chats until the person leaves; returns the lines that were unanswered then. */
  async run(): Promise<readonly string[]> {
    using stack = new DisposableStack();
    stack.defer(() => this.#editor.close());
    stack.use(this.#options.onContinue(() => this.#editor.resume()));
    await this.#conversation.run();
    await Promise.all(this.#handling);
    await this.#saveReadMarker();
    return this.#unanswered;
  }

  get transcript(): Transcript {
    return this.#conversation.here.transcript;
  }

  get connected(): boolean {
    return this.#conversation.connected;
  }

  #newTranscript(options: Pick<TranscriptOptions, "quiet" | "bell" | "seen">): Transcript {
    const { view } = this.#options;
    return new Transcript({ ...options, view, columns: () => this.#editor.columns, now: Date.now });
  }

  #leave(): void {
    this.#leaving = true;
    this.#conversation.leave();
  }

  /** Prints lines of the program itself, which are dim. */
  print(...lines: readonly string[]): void {
    this.#editor.print(lines.map((line) => this.#options.view.style.dim(line)));
  }

  async #handle(typed: string): Promise<void> {
    if (typed.trim() === "") return;
    const line = parseLine(typed);
    if (line.type === "error") return this.print(remark(line.message));
    try {
      await (line.type === "say" ? this.say(line.text) : line.run(this));
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (line.type === "command" && !line.command.args.isMessage) {
        this.print(remark(`/${line.command.name}: ${escapeText(error.message)}`));
      } else if (this.#leaving) this.#unanswered.push(typed);
      else this.#giveBack(typed, error);
    }
  }

  /** Puts a refused text back into the input line, unless the person has typed something there. */
  #giveBack(line: string, { message }: ChatError): void {
    const text = this.#editor.restore(line) ? "" : `: ${escapeText(line)}`;
    this.#editor.print([remark(`not sent: ${escapeText(message)}${text}`)]);
  }

  async say(text: string, options: SayOptions = {}): Promise<void> {
    if (!this.connected) {
      const to = options.to === undefined ? "" : ` to ${displayRecipient(options.to)} only`;
      this.print(remark(`to be sent${to}: ${escapeText(text)}`));
    }
    await this.#conversation.say(text, options);
  }

  async rename(name: string): Promise<void> {
    await this.#conversation.move({ name });
  }

  async showHistory(count: number): Promise<void> {
    const rewind = this.#options.view.style.dim(rule(`the last ${formatCount(count, "note")}`));
    await this.#conversation.move({ last: count }, { rewind });
  }

  async goTo(room: string): Promise<void> {
    const { room: here } = this.transcript;
    if (here !== undefined && isSameName(room, here)) {
      return this.print(remark(`you are already in ${escapeName(here)}`));
    }
    await this.#saveReadMarker();
    const { name = this.#options.name, quiet, bell } = this.transcript;
    const seen = await this.#loadReadMarker(room, name);
    const transcript = this.#newTranscript({ quiet, bell, seen });
    await this.#conversation.move({ room, last: LAST_ON_MOVE }, { transcript });
  }

  async rooms(): Promise<RoomList> {
    const list = await this.#conversation.here.chat.rooms();
    this.#rooms = list.rooms.map(({ name }) => name);
    return list;
  }

  order(command: ModerationCommand): Promise<ModerationResult> {
    return this.#conversation.here.chat.order(command);
  }

  quit(): void {
    this.#editor.close();
  }

  /** Looks up the last note seen in a room. */
  async #loadReadMarker(room: string, name: string): Promise<ReadMarker | undefined> {
    try {
      const { seen, addresses } = this.#options;
      return await seen?.read({ addresses, room, name });
    } catch (error) {
      this.reportFailure(LOOK_UP, error);
      return undefined;
    }
  }

  /** Stores the last note seen here. */
  async #saveReadMarker(): Promise<void> {
    const { last, room, name } = this.transcript;
    if (!last || room === undefined || name === undefined) return;
    try {
      const { seen, addresses } = this.#options;
      await seen?.write({ addresses, room, name }, last);
    } catch (error) {
      this.reportFailure("keep what you have seen", error);
    }
  }

  /** Reports a failure that does not end the chat. */
  reportFailure(what: string, error: unknown): void {
    const reason = errorMessage(error);
    this.print(remark(`cannot ${what}: ${escapeText(reason)}`));
  }

  /** Completes at once, unless the server must be asked: the next keys may already be there. */
  #complete(line: string): Completion | Promise<Completion> {
    const { names, guests } = this.transcript;
    const known = () => complete(line, { names, guests, rooms: this.#rooms });
    // Without an answer, use the rooms known before.
    return completesRooms(line) ? this.rooms().then(known, known) : known();
  }
}

/** Formats the recipient of a private note as other people are shown. */
function displayRecipient(to: string): string {
  const guest = parseGuestName(to);
  return guest === undefined ? escapeName(to) : displayName({ name: guest, verified: false });
}
