import { NameIndex } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import { foldName } from "../note.ts";
import type { OwnedName } from "../owned_name.ts";
import type { NameChange } from "./name_store.ts";

/**
 * Checks the owned names of an archive against those that a chat has already. Names of the archive
 * may look alike: they did where it comes from.
 */
export class NameImport {
  readonly #index = new NameIndex<OwnedName>();
  /** The names of the archive so far: folded name → key. */
  readonly #imported = new Map<string, string>();

  /** @param names The names that the chat has. */
  constructor(names: Iterable<OwnedName>) {
    for (const name of names) this.apply({ name: name.name, owned: name });
  }

  /** Applies a change of the names that the chat has. */
  apply({ name, owned }: NameChange): void {
    this.#index.delete(name);
    if (owned) this.#index.add(owned.name, owned);
  }

  /**
   * Adds a name of the archive.
   *
   * @throws {ChatError} `invalid`, as {@linkcode check}, or if the archive has it with another key.
   */
  add(name: OwnedName): void {
    const folded = foldName(name.name);
    if ((this.#imported.get(folded) ?? name.key) !== name.key) {
      throw conflict(name, "it has two owners in the archive");
    }
    this.check(name);
    this.#imported.set(folded, name.key);
  }

  /** Returns the owner of a name that the chat has, whatever its case; undefined if it has none. */
  find(name: string): OwnedName | undefined {
    return this.#index.get(name)?.holder;
  }

  /**
   * Checks that a name may get its owner, or has it already.
   *
   * @throws {ChatError} `invalid`, if another key owns it, or one that looks like it.
   */
  check(name: OwnedName): void {
    const same = this.find(name.name);
    if (same?.key === name.key) return;
    if (same) throw conflict(name, `key ${same.key} owns it there`);
    for (const { holder } of this.#index.confusables(name.name)) {
      const isOfArchive = this.#imported.get(foldName(holder.name)) === holder.key;
      if (holder.key === name.key || isOfArchive) continue;
      throw conflict(name, `it looks like "${holder.name}", which key ${holder.key} owns there`);
    }
  }
}

function conflict({ name, key }: OwnedName, reason: string): ChatError {
  return new ChatError("invalid", `Cannot import name "${name}" of key ${key}: ${reason}`);
}
