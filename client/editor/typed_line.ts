import { commonPrefix } from "../../text/grapheme.ts";
import { EditBuffer } from "./edit_buffer.ts";
import { History } from "./history.ts";
import { HistorySearch } from "./history_search.ts";
import type { Key } from "./key.ts";
import type { Input } from "./key_decoder.ts";
import { bindingOf, isPrefix, type KeyTarget, type LineEvent, type Recall } from "./keymap.ts";
import { hasPasteToken, MAX_PASTES, Pastes } from "./pastes.ts";
import { searchBindingOf, type SearchTarget } from "./search_keymap.ts";

/** Whole candidates to complete a line with, and the end of the line that they replace. */
export type Completion = readonly [candidates: readonly string[], fragment: string];

/** The line to show, with the search that has found it. */
export interface VisibleLine {
  readonly text: string;
  readonly cursor: number;
  readonly search?: { readonly query: string; readonly failed: boolean };
}

/**
 * The line that a person types, with its history and its pastes: keys go in, events come out.
 * It knows no terminal.
 */
export class TypedLine implements KeyTarget, SearchTarget {
  readonly buffer: EditBuffer = new EditBuffer(MAX_PASTES.chars);
  readonly #history: History;
  /** The search under way, which shows its line in place of the one here. */
  #search: HistorySearch | undefined;
  /** The text of the last search. */
  #lastQuery = "";
  /** The first key of two in a row. */
  #prefix: Key | undefined;
  readonly #pastes = new Pastes();
  /** The line with pastes that waits for confirmation, while it is unchanged. */
  #asked: string | undefined;
  /** The restored text, until the next key or paste. */
  #restored: string | undefined;
  /** Whether the last key was Return. */
  #isAfterReturn = false;

  /** Creates an empty line after those of `history`. */
  constructor(history: History = new History()) {
    this.#history = history;
  }

  /** The line as it is to be shown. */
  get visible(): VisibleLine {
    if (!this.#search) return { text: this.buffer.text, cursor: this.buffer.cursor };
    const { text, cursor, query, failed } = this.#search;
    return { text, cursor, search: { query, failed } };
  }

  /** The exact text so far, with pastes in their places. */
  get text(): string {
    return this.#pastes.expand(this.buffer.text);
  }

  /** Applies a key or a paste, and returns the events of it. */
  apply(input: Input): readonly LineEvent[] {
    switch (input.type) {
      case "refused":
        return [{ type: "refuse", chars: input.chars }];
      case "paste":
        return this.#changed(this.#paste(input.text));
      case "key": {
        const events = this.#changed(this.#press(input));
        this.#restored = undefined;
        return events;
      }
    }
  }

  /**
   * Puts a text back into the line, to be edited or sent again; false if the line is not empty. The
   * text may arrive between two keys of a person typing: text typed right after it is another text,
   * and replaces it.
   */
  restore(text: string): boolean {
    if (this.buffer.text !== "" || this.#search) return false;
    this.buffer.set(this.#pastes.collapse(text));
    this.#restored = text;
    return true;
  }

  /** Completes the text before the cursor, or returns the candidates to choose from. */
  complete([candidates, fragment]: Completion): readonly string[] {
    const prefix = commonPrefix(candidates);
    if (prefix === fragment || prefix.length < fragment.length) {
      return candidates.length > 1 ? candidates : [];
    }
    const { text, cursor } = this.buffer;
    const before = text.slice(0, cursor - fragment.length) + prefix;
    this.buffer.set(before + text.slice(cursor), before.length);
    return [];
  }

  recall({ step, prefix }: Recall): void {
    const { text, cursor } = this.buffer;
    const isHit = (other: string) => other.startsWith(prefix!) && other !== text;
    const place = this.#history.find(step, prefix === undefined ? undefined : isHit);
    if (place === undefined) return;
    this.#visit(place);
    if (prefix !== undefined) this.buffer.moveTo(Math.min(cursor, this.buffer.end)); // Goes on so.
  }

  recallEnd(end: "oldest" | "typed"): void {
    const place = end === "oldest" ? 0 : this.#history.end;
    if (place !== this.#history.place) this.#visit(place);
  }

  search(): void {
    this.#search = new HistorySearch(this.#history, this.buffer.save());
  }

  go(step: -1 | 1): void {
    if (this.#search?.query === "") this.#search.type(this.#lastQuery);
    else this.#search?.go(step);
  }

  back(): void {
    this.#search?.back();
  }

  accept(): void {
    if (this.#search) this.buffer.load(this.#search.accept());
    this.cancel();
  }

  cancel(): void {
    this.#lastQuery = this.#search?.query || this.#lastQuery;
    this.#search = undefined;
  }

  enter(): readonly LineEvent[] {
    this.accept();
    const line = this.buffer.text;
    const text = this.#pastes.expand(line);
    if (hasPasteToken(line) && line !== this.#asked) {
      this.#asked = line;
      return [{ type: "confirm", text }];
    }
    this.#end(text);
    return [{ type: "line", text }];
  }

  interrupt(): readonly LineEvent[] {
    if (this.buffer.text === "") return [{ type: "interrupt" }];
    this.#end();
    return [];
  }

  /** Shows another line of the history, with the cursor at its end. */
  #visit(place: number): void {
    const { cursor: _cursor, ...line } = this.#history.visit(place, this.buffer.save());
    this.buffer.load(line);
  }

  #press(key: Key): readonly LineEvent[] {
    // Some terminals send both for one Enter.
    const isSecondHalf = this.#isAfterReturn && key.name === "enter";
    this.#isAfterReturn = key.name === "return";
    if (isSecondHalf) return [];
    if (this.#prefix) {
      const prefix = this.#prefix;
      this.#prefix = undefined;
      return bindingOf(prefix, key)?.run(this, key) ?? [];
    }
    if (this.#search) {
      const binding = searchBindingOf(key);
      if (binding) return binding.run(this, key) ?? [];
      if (key.text !== undefined) {
        this.#search.type(key.text);
        return [];
      }
      if (bindingOf(key) || isPrefix(key)) this.accept();
    }
    if (isPrefix(key)) this.#prefix = key;
    if (key.text === undefined) return bindingOf(key)?.run(this, key) ?? [];
    const events = this.#setAside();
    this.buffer.type(key.text);
    return events;
  }

  #paste(text: string): readonly LineEvent[] {
    this.#prefix = undefined;
    if (this.#search) {
      this.#search.type(/^.*/.exec(text)![0]);
      return [];
    }
    const events = this.#setAside();
    const lines = text.replaceAll(/\r\n?/g, "\n").replace(/\n$/, "");
    const inserted = lines.includes("\n") ? this.#pastes.add(lines, this.buffer.text) : lines;
    if (inserted !== undefined && this.buffer.insert(inserted)) return events;
    return [...events, { type: "refuse", chars: text.length }];
  }

  #setAside(): readonly LineEvent[] {
    const text = this.#restored;
    if (text === undefined) return [];
    this.#restored = undefined;
    this.buffer.set("");
    return [{ type: "aside", text }];
  }

  /** Ends the line, and keeps it in the history, with the text that was sent. */
  #end(sent?: string): void {
    this.#history.add(this.buffer.text, sent);
    this.buffer.clear();
  }

  /** Forgets the line that waits for confirmation once it has changed. */
  #changed(events: readonly LineEvent[]): readonly LineEvent[] {
    if (this.buffer.text !== this.#asked) this.#asked = undefined;
    return events;
  }
}
