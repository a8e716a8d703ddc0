import { MAX_NOTE_BYTES } from "../../room/note.ts";

/** The bounds of all pastes together. No server accepts a note with more characters. */
export const MAX_PASTES = { count: 16, chars: MAX_NOTE_BYTES };

/** The token of a paste. */
const TOKEN = /⟦\d+ lines(?: #\d+)?⟧/g;

/**
 * Pasted texts of several lines. In the typed line, a token such as `⟦12 lines⟧` stands for each.
 * The newest pastes replace the oldest.
 */
export class Pastes {
  readonly #texts = new Map<string, string>();
  /** The sum of the lengths of all texts here. */
  #chars = 0;
  #count = 0;

  /**
   * Keeps a paste and returns its token; undefined if there is no room for it. It never replaces
   * pastes whose tokens are in `line`.
   */
  add(text: string, line = ""): string | undefined {
    const kept = [...this.#texts].filter(([token]) => line.includes(token));
    const chars = kept.reduce((sum, [, { length }]) => sum + length, text.length);
    if (kept.length >= MAX_PASTES.count || chars > MAX_PASTES.chars) return undefined;
    for (const token of this.#texts.keys()) {
      if (this.#fits(text)) break;
      if (!line.includes(token)) this.#forget(token);
    }
    const lines = `${text.split("\n").length} lines`;
    // With its number no token is used twice: old ones are in the history.
    const token = ++this.#count === 1 ? `⟦${lines}⟧` : `⟦${lines} #${this.#count}⟧`;
    this.#texts.set(token, text);
    this.#chars += text.length;
    return token;
  }

  #fits({ length }: string): boolean {
    return this.#texts.size < MAX_PASTES.count && this.#chars + length <= MAX_PASTES.chars;
  }

  #forget(token: string): void {
    this.#chars -= this.#texts.get(token)!.length;
    this.#texts.delete(token);
  }

  /** Replaces tokens by their texts; the token of a forgotten paste stays. */
  expand(line: string): string {
    return line.replaceAll(TOKEN, (token) => this.#texts.get(token) ?? token);
  }

  /** Replaces texts by their tokens: the inverse of {@linkcode Pastes.expand}. */
  collapse(text: string): string {
    // The longest first: one paste may be a part of another.
    const pastes = [...this.#texts].sort(([, a], [, b]) => b.length - a.length);
    return pastes.reduce((line, [token, paste]) => line.replaceAll(paste, () => token), text);
  }
}

/** Returns whether `line` has a token, be it the token of a forgotten paste. */
export function hasPasteToken(line: string): boolean {
  return line.search(TOKEN) >= 0;
}

/** Returns the token of `line` around `index`; undefined if `index` is at its ends or elsewhere. */
export function tokenAround(
  line: string,
  index: number,
): { start: number; end: number } | undefined {
  for (const { 0: token, index: start } of line.matchAll(TOKEN)) {
    const end = start + token.length;
    if (start < index && index < end) return { start, end };
  }
  return undefined;
}
