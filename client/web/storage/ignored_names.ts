import type { IgnoredStore } from "../../conversation/ignored_people.ts";
import { applyIgnoredChange, type IgnoredChange } from "../../ignored_change.ts";
import { type PageStorage, readList } from "./page_storage.ts";

const KEY = "ignored";

/** Keeps the names of ignored people in the storage of a page. */
export class IgnoredNames implements IgnoredStore {
  readonly #storage: PageStorage;

  /** Uses a storage, which belongs to the origin of the page: one chat. */
  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  async read(): Promise<readonly string[]> {
    return await Promise.resolve(this.#names());
  }

  async change(_addresses: readonly string[], change: IgnoredChange): Promise<void> {
    const names = applyIgnoredChange(this.#names(), change);
    await Promise.resolve(this.#storage.setItem(KEY, JSON.stringify(names)));
  }

  #names(): string[] {
    return readList(this.#storage, KEY).filter((name) => typeof name === "string");
  }
}
