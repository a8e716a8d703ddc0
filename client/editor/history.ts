/** The number of lines that are kept. */
const MAX_LINES = 1_000;

/** The lines typed before, and a search through them. */
export class History {
  /** The oldest first. */
  readonly #lines: string[] = [];
  /** The place of the line that is shown; the number of lines for the one being typed. */
  #at = 0;
  /** The line typed last, while another one may be shown. */
  #typed = "";
  /** The line found last, and the prefix that the search is for. */
  #found: { readonly line: string; readonly prefix: string } | undefined;

  /** Adds a line, unless it is blank or the newest already. The next search starts after it. */
  add(line: string): void {
    if (line.trim() !== "" && line !== this.#lines.at(-1)) this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#at = this.#lines.length;
    this.#found = undefined;
  }

  /**
   * Returns the nearest older line that starts with `prefix` and differs from `line`, the text
   * being edited. If `line` is the line found last and `prefix` all of it, the search continues
   * with the prefix that it started with.
   */
  older(line: string, prefix: string): string | undefined {
    return this.#search(line, prefix, -1);
  }

  /** Returns the nearest newer line in the same way; after the newest, the line being typed. */
  newer(line: string, prefix: string): string | undefined {
    return this.#search(line, prefix, 1);
  }

  #search(line: string, start: string, step: 1 | -1): string | undefined {
    const lines = this.#lines;
    const found = this.#found;
    const prefix = found && start === line && line === found.line ? found.prefix : start;
    const isHit = (other: string) => other.startsWith(prefix) && other !== line;
    let at = this.#at + step;
    while (at >= 0 && at < lines.length && !isHit(lines[at]!)) at += step;
    if (at < 0 || at > lines.length) return undefined;
    if (line !== found?.line) this.#typed = line; // Typed since, over the shown line.
    this.#at = at;
    const hit = lines[at] ?? this.#typed;
    this.#found = { line: hit, prefix };
    return hit;
  }
}
