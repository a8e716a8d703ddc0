import type { NameStore } from "./name_store.ts";
import {
  type OwnedNames,
  type OwnedNamesBounds,
  type OwnedNameState,
  toOwned,
} from "./owned_names.ts";

/** The dependencies of a name writer. */
export interface NameWriterOptions {
  readonly store: NameStore;
  readonly owned: OwnedNames;
  readonly bounds: OwnedNamesBounds;
  /** Called when a change that nobody waits for could not be stored. */
  readonly onError: (error: unknown) => void;
}

/** Stores changes of owned names, unless a name has another owner by then. */
export class NameWriter {
  readonly #options: NameWriterOptions;

  constructor(options: NameWriterOptions) {
    this.#options = options;
  }

  /** Stores a claimed name, once. Removes it, if that fails and nobody uses it. */
  async keep(entry: OwnedNameState): Promise<void> {
    const { store, owned } = this.#options;
    const check = () => this.#checkClaim(entry);
    entry.stored ??= store.saveOwnedName(toOwned(entry), check).catch((error) => {
      entry.stored = undefined;
      // Its users may have left during the wait.
      if (entry.users.size === 0) owned.remove(entry);
      throw error;
    });
    await entry.stored;
    entry.isKept = true;
    if (entry.users.size > 0) owned.seen.add(entry);
  }

  /**
   * Stores that a name is used: before the note itself, so that no note is ever found under a
   * released name. A store that only this server uses stores in the order of the calls, so nobody
   * need wait for it.
   */
  markSpoken(entry: OwnedNameState): Promise<void> | undefined {
    const { store, owned, onError } = this.#options;
    if (entry.spoken) return entry.marking;
    owned.markSpoken(entry);
    const marking = this.save(entry).catch((error) => {
      entry.spoken = false;
      if (owned.has(entry)) owned.silent.add(entry);
      throw error;
    });
    if (store.followNames) {
      return entry.marking = marking.finally(() => void (entry.marking = undefined));
    }
    marking.catch(onError);
    return undefined;
  }

  /** Stores what has changed of a stored name, unless it has another owner by now, or none. */
  async save(entry: OwnedNameState): Promise<void> {
    const { store, owned } = this.#options;
    await unlessOutdated(store.saveOwnedName(toOwned(entry), () => {
      if (!owned.has(entry)) throw new Outdated();
    }));
  }

  /**
   * Deletes the owner of a name, unless it has another one by now.
   *
   * @param checkAbsent Called right before, if the owner has come back. Throws if it uses the name.
   */
  async release(
    { name, key }: OwnedNameState,
    checkAbsent: (entry: OwnedNameState) => void,
  ): Promise<void> {
    const { store, owned } = this.#options;
    await unlessOutdated(store.releaseName(name, () => {
      const now = owned.get(name);
      if (now && now.key !== key) throw new Outdated();
      if (now) checkAbsent(now);
    }));
  }

  /** Checks a claim again before it is stored: somebody else may have claimed the name since. */
  #checkClaim(entry: OwnedNameState): void {
    const { owned, bounds } = this.#options;
    if (entry.lost) throw entry.lost;
    if (!owned.has(entry)) throw new Outdated();
    if (entry.isKept) return;
    owned.checkBounds(entry.name, entry.key, { ...bounds, more: 0 });
  }
}

/** A change that is not stored, since the name has another owner by now, or none. */
class Outdated extends Error {}

async function unlessOutdated(storing: Promise<void>): Promise<void> {
  try {
    await storing;
  } catch (error) {
    if (!(error instanceof Outdated)) throw error;
  }
}
