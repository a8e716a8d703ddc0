import type { PageStorage } from "../../../../client/web/storage/seen_notes.ts";

/** A storage that a page could have. */
export class MemoryStorage implements PageStorage {
  readonly #items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
