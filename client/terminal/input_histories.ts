import { foldName } from "../../room/note.ts";
import { History } from "../editor/history.ts";
import { type HistoryFile, linesOf, type SentLine } from "../profile/history_file.ts";

/** The options of {@linkcode InputHistories}. */
export interface InputHistoriesOptions {
  /** The servers of the chat. */
  readonly addresses: readonly string[];
  /** Keeps lines between runs. Default: nothing does. */
  readonly history?: Pick<HistoryFile, "append"> | undefined;
  /** Returns whether a line that was sent may be kept. */
  readonly isKept: (line: string) => boolean;
  /** Called once, if a line cannot be kept; then no more are. */
  readonly onFailure: (error: unknown) => void;
}

/** The lines that a person types in each room, kept between runs. */
export class InputHistories {
  readonly #sent: readonly SentLine[];
  readonly #options: InputHistoriesOptions;
  readonly #histories = new Map<string, History>();
  /** The newest line kept in each room. */
  readonly #newest = new Map<History, string | undefined>();
  #failed = false;
  /** Settles when all lines so far are kept. */
  #kept: Promise<void> = Promise.resolve();

  /** Begins with the lines that were sent before, the oldest first. */
  constructor(sent: readonly SentLine[], options: InputHistoriesOptions) {
    this.#sent = sent;
    this.#options = options;
  }

  /** The history of a room, always the same. */
  of(room: string): History {
    return this.#histories.getOrInsertComputed(foldName(room), () => {
      const lines = linesOf(this.#sent, { servers: this.#options.addresses, room });
      const history = new History(lines, (line) => this.#keep(history, { room, line }));
      this.#newest.set(history, lines.at(-1));
      return history;
    });
  }

  /** Resolves when all lines so far are kept. */
  async flush(): Promise<void> {
    await this.#kept;
  }

  #keep(history: History, { room, line }: Pick<SentLine, "room" | "line">): void {
    if (line === this.#newest.get(history) || !this.#options.isKept(line)) return;
    this.#newest.set(history, line);
    const sent = { servers: this.#options.addresses, room, line };
    // In the order in which they were sent.
    this.#kept = this.#kept.then(() => this.#append(sent));
  }

  async #append(sent: SentLine): Promise<void> {
    if (this.#failed) return;
    try {
      await this.#options.history?.append(sent);
    } catch (error) {
      this.#failed = true;
      this.#options.onFailure(error);
    }
  }
}
