import { MAX_OPEN_ROOMS } from "../../conversation/commands/open_room.ts";
import type { PageStorage } from "./seen_notes.ts";

const KEY = "rooms";

/** Keeps the names of the rooms that a page has open in its storage, for when it is loaded again. */
export class OpenRoomsStore {
  readonly #storage: PageStorage;
  #kept: string | undefined;

  /** Uses a storage that belongs to one page. */
  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  /** Returns the names. */
  read(): readonly string[] {
    try {
      const names: unknown = JSON.parse(this.#storage.getItem(KEY) ?? "[]");
      if (!Array.isArray(names)) return [];
      return names.filter((name) => typeof name === "string").slice(0, MAX_OPEN_ROOMS);
    } catch {
      return []; // What is not ours counts as missing.
    }
  }

  /** Replaces the names. */
  write(names: readonly string[]): void {
    const kept = JSON.stringify(names);
    if (kept === this.#kept) return;
    this.#kept = kept;
    this.#storage.setItem(KEY, kept);
  }
}
