import { MAX_NOTE_BYTES } from "../../room/note.ts";

/** How much is kept, of all pastes together: what is longer is a note that no server takes. */
export const MAX_PASTES = { count: 16, chars: MAX_NOTE_BYTES };

/** What stands for a paste in the line. */
const TOKEN = /⟦\d+ lines(?: #\d+)?⟧/g;

/**
 * Pasted texts of more than one line, which have no room in the one that is typed: a
 * token such as `⟦12 lines⟧` stands for each. The oldest are forgotten for the newest.
 */
export class Pastes {
  readonly #texts = new Map<string, string>();
  /** The sum of the lengths of all texts here. */
  #chars = 0;
  #count = 0;

  /**
   * Keeps a paste and returns its token; undefined if there is no room for it. Those whose
   * tokens are in `line` are not forgotten for it.
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
    // The number makes it another one, whatever is forgotten: the history holds old tokens.
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

  /** Puts the texts back in the places of their tokens; one that is forgotten stays a token. */
  expand(line: string): string {
    return line.replaceAll(TOKEN, (token) => this.#texts.get(token) ?? token);
  }

  /** Puts tokens back in the places of their texts: the inverse of {@linkcode Pastes.expand}. */
  collapse(text: string): string {
    // The longest first: one paste may be a part of another.
    const pastes = [...this.#texts].sort(([, a], [, b]) => b.length - a.length);
    return pastes.reduce((line, [token, paste]) => line.replaceAll(paste, () => token), text);
  }
}

/** True if something in `line` looks like a token, be it of a paste that is forgotten. */
export function hasPasteToken(line: string): boolean {
  return line.search(TOKEN) >= 0;
}

/** Returns the token of `line` that has `index` inside of it, not at its ends. */
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
