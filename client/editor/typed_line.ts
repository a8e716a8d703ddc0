import { commonPrefix } from "../../text/grapheme.ts";
import { EditBuffer } from "./edit_buffer.ts";
import { History } from "./history.ts";
import type { Key } from "./key.ts";
import type { Input } from "./key_decoder.ts";
import { bindingOf, type KeyTarget, type LineEvent } from "./keymap.ts";
import { hasPasteToken, MAX_PASTES, Pastes } from "./pastes.ts";

/** Whole candidates to complete a line with, and the end of the line that they replace. */
export type Completion = readonly [candidates: readonly string[], fragment: string];

/**
 * The line that a person types, with its history and its pastes: keys go in, events come out.
 * It knows no terminal.
 */
export class TypedLine implements KeyTarget {
  readonly buffer: EditBuffer = new EditBuffer(MAX_PASTES.chars);
  readonly #history = new History();
  readonly #pastes = new Pastes();
  /** The line with pastes that waits for confirmation, while it is unchanged. */
  #asked: string | undefined;
  /** The restored text, until the next key or paste. */
  #restored: string | undefined;
  /** Whether the last key was Return. */
  #isAfterReturn = false;

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
    if (this.buffer.text !== "") return false;
    const collapsed = this.#pastes.collapse(text);
    const line = collapsed.includes("\n") ? this.#pastes.add(text) : collapsed;
    if (line === undefined) return false;
    this.buffer.set(line);
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

  recall(direction: "older" | "newer", prefix: string): void {
    const line = this.#history[direction](this.buffer.text, prefix);
    if (line !== undefined) this.buffer.set(line);
  }

  enter(): readonly LineEvent[] {
    const line = this.buffer.text;
    const text = this.#pastes.expand(line);
    if (hasPasteToken(line) && line !== this.#asked) {
      this.#asked = line;
      return [{ type: "confirm", text }];
    }
    this.#drop();
    return [{ type: "line", text }];
  }

  interrupt(): readonly LineEvent[] {
    if (this.buffer.text === "") return [{ type: "interrupt" }];
    this.#drop();
    return [];
  }

  #press(key: Key): readonly LineEvent[] {
    // Some terminals send both for one Enter.
    const isSecondHalf = this.#isAfterReturn && key.name === "enter";
    this.#isAfterReturn = key.name === "return";
    if (isSecondHalf) return [];
    if (key.text === undefined) return bindingOf(key)?.run(this, key) ?? [];
    const events = this.#setAside();
    this.buffer.type(key.text);
    return events;
  }

  #paste(text: string): readonly LineEvent[] {
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

  /** Ends the line, and keeps it in the history. */
  #drop(): void {
    this.#history.add(this.buffer.text);
    this.buffer.clear();
  }

  /** Forgets the line that waits for confirmation once it has changed. */
  #changed(events: readonly LineEvent[]): readonly LineEvent[] {
    if (this.buffer.text !== this.#asked) this.#asked = undefined;
    return events;
  }
}
