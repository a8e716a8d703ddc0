import type { EditState } from "./edit_buffer.ts";

/** The number of lines that are kept. */
const MAX_LINES = 1_000;

/** Called with each line that was sent, except those that start with a space. */
type OnSent = (text: string) => void;

/**
 * The lines typed before, and the place of the one that is shown. As in bash, a line that is shown
 * can be edited, and stays edited until one is sent or dropped: then all are as they were.
 *
 * Lines that start with a space are left out, and so are repetitions of the newest line.
 */
export class History {
  /** The oldest first. */
  readonly #lines: string[];
  readonly #onSent: OnSent | undefined;
  /** The edited lines by their places, and the line being typed while another one is shown. */
  readonly #edited = new Map<number, EditState>();
  #place: number;

  /** Starts with the newest of `lines`, the oldest first. */
  constructor(lines: readonly string[] = [], onSent?: OnSent) {
    this.#lines = lines.slice(-MAX_LINES);
    this.#onSent = onSent;
    this.#place = this.end;
  }

  /** The place of the line being typed, after all others. */
  get end(): number {
    return this.#lines.length;
  }

  /** The place of the line that is shown. */
  get place(): number {
    return this.#place;
  }

  /**
   * Adds a line, and returns to the place after it.
   *
   * @param sent The text of the line that was sent; undefined if it was dropped.
   */
  add(line: string, sent?: string): void {
    if (line.trim() !== "" && !line.startsWith(" ")) {
      if (line !== this.#lines.at(-1)) this.#lines.push(line);
      if (this.#lines.length > MAX_LINES) this.#lines.shift();
      if (sent !== undefined) this.#onSent?.(sent);
    }
    this.#edited.clear();
    this.#place = this.end;
  }

  /** Returns the text at a place, as it was edited. */
  textAt(place: number): string {
    return this.#edited.get(place)?.text ?? this.#lines[place] ?? "";
  }

  /**
   * Returns the nearest older (-1) or newer (1) place that passes `test`, from `start` on; after
   * the newest line, the place of the line being typed.
   */
  find(
    step: -1 | 1,
    test: (text: string) => boolean = () => true,
    start = this.#place + step,
  ): number | undefined {
    for (let place = start; place >= 0 && place < this.end; place += step) {
      if (test(this.textAt(place))) return place;
    }
    return step > 0 && this.#place < this.end ? this.end : undefined;
  }

  /** Goes to a place, leaving `line` at the present one, and returns the line there. */
  visit(place: number, line: EditState): EditState {
    this.#edited.set(this.#place, line);
    this.#place = place;
    return this.#edited.get(place) ?? { text: this.textAt(place) };
  }
}
