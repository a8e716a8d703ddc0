import type { PageStorage } from "../../../../client/web/storage/page_storage.ts";

/** A storage that a page could have. */
export class MemoryStorage implements PageStorage {
  readonly #items: Map<string, string>;

  /** Starts with items that something else than a page may have written. */
  constructor(items: Readonly<Record<string, string>> = {}) {
    this.#items = new Map(Object.entries(items));
  }

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
