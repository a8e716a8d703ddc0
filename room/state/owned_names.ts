import { formatNumber } from "../../text/number.ts";
import { type IndexedName, NameIndex } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import type { OwnedName } from "../owned_name.ts";
import type { NameUser } from "./name_use.ts";

/** An owned name while the server runs. */
export interface OwnedNameState {
  name: string;
  readonly key: string;
  time: number;
  seen: number;
  spoken: boolean;
  /** Settles when `spoken` is stored in a store that servers share; undefined otherwise. */
  marking?: Promise<void> | undefined;
  /** The value of `seen` that was last stored. */
  seenStored: number;
  /** Settles when it is stored; undefined before storing starts. */
  stored: Promise<void> | undefined;
  isKept: boolean;
  /** The reason why the key does not own it after all: another one was stored first. */
  lost: ChatError | undefined;
  /** The sessions that use the name, or are about to. */
  readonly users: Set<NameUser>;
}

/** Returns the state of a name that is stored. */
export function toStoredState(owned: OwnedName): OwnedNameState {
  const stored = Promise.resolve();
  const { seen } = owned;
  return { ...owned, seenStored: seen, stored, isKept: true, lost: undefined, users: new Set() };
}

/** Returns the state of a name that a key claims at the time `time`. */
export function toClaimedState(name: string, key: string, time: number): OwnedNameState {
  const owned = { name, key, time, seen: time, spoken: false };
  return { ...toStoredState(owned), stored: undefined, isKept: false };
}

/** Returns the stored part of an owned name. */
export function toOwned({ name, key, time, seen, spoken }: OwnedNameState): OwnedName {
  return { name, key, time, seen, spoken };
}

/** The bounds of owned names. */
export interface OwnedNamesBounds {
  /** The most names that one key may own. */
  readonly maxNames: number;
  /** The most owned names in all. */
  readonly maxOwned: number;
}

/** The owned names of a server, those that are being stored included. */
export class OwnedNames {
  /** Names under which nothing was ever posted. */
  readonly silent = new Set<OwnedNameState>();
  /** Names whose last visit is not stored yet. */
  readonly seen = new Set<OwnedNameState>();
  readonly #index = new NameIndex<OwnedNameState>();
  /** The names of each key. Most keys have one: an array is the smallest. */
  readonly #byKey = new Map<string, OwnedNameState[]>();

  /** The number of names. */
  get size(): number {
    return this.#index.size;
  }

  [Symbol.iterator](): Iterator<OwnedNameState> {
    return this.#index.holders();
  }

  /** Returns the names of a key. */
  of(key: string): readonly OwnedNameState[] {
    return this.#byKey.get(key) ?? [];
  }

  /**
   * Checks that a key may claim a name, with `more` names than now.
   *
   * @throws {ChatError} `full`, if that would be too many.
   */
  checkBounds(
    name: string,
    key: string,
    { maxNames, maxOwned, more }: OwnedNamesBounds & { readonly more: number },
  ): void {
    if (this.of(key).length + more > maxNames) {
      const words = `key ${key} already has ${formatNumber(maxNames)} names, the maximum`;
      throw new ChatError("full", `Cannot claim name "${name}": ${words}`);
    }
    if (this.size + more > maxOwned) {
      const words = `the server already has ${formatNumber(maxOwned)} owned names, the maximum`;
      throw new ChatError("full", `Cannot claim name "${name}": ${words}`);
    }
  }

  /** Returns the state of a name, whatever its case. */
  get(name: string): OwnedNameState | undefined {
    return this.#index.get(name)?.holder;
  }

  /** Returns the names that could be confused with this one, the name itself first. */
  confusables(name: string): ReadonlySet<IndexedName<OwnedNameState>> {
    return this.#index.confusables(name);
  }

  /** Whether a state is that of its name: another key may have become the owner. */
  has(entry: OwnedNameState): boolean {
    return this.get(entry.name) === entry;
  }

  /** Adds a name, which must not be here. */
  add(entry: OwnedNameState): void {
    const { name, key, spoken } = entry;
    this.#index.add(name, entry);
    const names = this.#byKey.get(key);
    if (names) names.push(entry);
    else this.#byKey.set(key, [entry]);
    if (!spoken) this.silent.add(entry);
  }

  /** Removes a name, if it is here. */
  remove(entry: OwnedNameState): void {
    if (!this.has(entry)) return;
    const { name, key } = entry;
    this.#index.delete(name);
    this.silent.delete(entry);
    this.seen.delete(entry);
    const left = this.of(key).filter((other) => other !== entry);
    if (left.length > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }

  /** Updates a name with what is stored. */
  update(entry: OwnedNameState, { name, time, seen, spoken }: OwnedName): void {
    if (entry.name !== name) {
      this.#index.delete(entry.name);
      this.#index.add(name, entry);
    }
    entry.name = name;
    entry.time = time;
    entry.seen = Math.max(entry.seen, seen);
    entry.seenStored = Math.max(entry.seenStored, seen);
    entry.isKept = true;
    entry.stored ??= Promise.resolve();
    if (spoken) this.markSpoken(entry);
  }

  /** Notes that something was posted under a name. */
  markSpoken(entry: OwnedNameState): void {
    entry.spoken = true;
    this.silent.delete(entry);
  }
}
