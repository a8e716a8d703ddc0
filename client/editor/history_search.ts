import type { EditState } from "./edit_buffer.ts";
import type { History } from "./history.ts";

/** The longest text to search for, in UTF-16 units. */
const MAX_QUERY_CHARS = 200;

/** A step of a search, which can be taken back. */
interface Step {
  readonly query: string;
  /** The place in the history, and where the text is found there. */
  readonly place: number;
  readonly at: number;
  /** Whether there is no such line: then the last one found is shown. */
  readonly failed: boolean;
}

/**
 * A search through the history, from the newest line on, for a text that a person types character
 * by character. A text in lower case is found in any case.
 */
export class HistorySearch {
  readonly #history: History;
  readonly #origin: EditState;
  /** The latest is the last; there is always one. */
  readonly #steps: Step[];

  /** Starts at the line `origin`, which is shown at the present place of `history`. */
  constructor(history: History, origin: EditState) {
    this.#history = history;
    this.#origin = origin;
    const { place } = history;
    history.visit(place, origin); // So that it is found as it is now.
    const at = origin.cursor ?? origin.text.length;
    this.#steps = [{ query: "", place, at, failed: false }];
  }

  /** The text to search for. */
  get query(): string {
    return this.#step.query;
  }

  /** Whether no line has it. */
  get failed(): boolean {
    return this.#step.failed;
  }

  /** The line that was found. The search starts with the line `origin`. */
  get text(): string {
    return this.#history.textAt(this.#step.place);
  }

  /** Where the text is in that line. */
  get cursor(): number {
    return this.#step.at;
  }

  /** Searches for a longer text. */
  type(text: string): void {
    const query = this.query + text;
    if (query.length > MAX_QUERY_CHARS) return;
    // The line being typed is not searched.
    this.#find(query, -1, Math.min(this.#step.place, this.#history.end - 1));
  }

  /** Searches for an older (-1) or newer (1) line that differs from this one. */
  go(step: -1 | 1): void {
    const { query, text } = this;
    this.#find(query, step, this.#step.place + step, text);
  }

  /** Takes the latest step back. */
  back(): void {
    if (this.#steps.length > 1) this.#steps.pop();
  }

  /** Goes to the line that was found, and returns it. */
  accept(): EditState {
    const { place, at } = this.#step;
    return { ...this.#history.visit(place, this.#origin), cursor: at };
  }

  get #step(): Step {
    return this.#steps.at(-1)!;
  }

  #find(query: string, step: -1 | 1, start: number, except?: string): void {
    const { place, at } = this.#step;
    const has = (text: string) => indexOf(text, query) >= 0 && text !== except;
    const found = this.#history.find(step, has, start);
    const failed = found === undefined || found === this.#history.end;
    this.#steps.push(
      failed
        ? { query, place, at, failed }
        : { query, place: found, at: indexOf(this.#history.textAt(found), query), failed },
    );
  }
}

/** Returns the last place of `query` in a text; -1 if there is none. */
function indexOf(text: string, query: string): number {
  const lower = query.toLowerCase();
  if (query !== lower) return text.lastIndexOf(query);
  return Math.min(text.length, text.toLowerCase().lastIndexOf(lower));
}
