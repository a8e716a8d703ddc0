import { MAX_OPEN_ROOMS } from "../../conversation/commands/open_room.ts";
import { type PageStorage, readList } from "./page_storage.ts";

const KEY = "rooms";

/** Keeps the names of open rooms in the storage of a page, which opens them when it is loaded again. */
export class OpenRoomsStore {
  readonly #storage: PageStorage;
  /** The text that was written last. */
  #kept: string | undefined;

  /** Uses a storage that belongs to one page. */
  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  /** Returns the names: at most as many as rooms may be open. */
  read(): readonly string[] {
    return readList(this.#storage, KEY)
      .filter((name) => typeof name === "string").slice(0, MAX_OPEN_ROOMS);
  }

  /** Replaces the names. */
  write(names: readonly string[]): void {
    const kept = JSON.stringify(names);
    if (kept === this.#kept) return;
    this.#kept = kept;
    this.#storage.setItem(KEY, kept);
  }
}
