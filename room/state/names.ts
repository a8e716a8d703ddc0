import { formatNumber } from "../../text/number.ts";
import { NameIndex, nameTaken, skeleton } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import { checkNewName } from "../name_rule.ts";
import { type OwnedName, type OwnedNameState, toOwned } from "../owned_name.ts";

/** The storage for name owners. */
export interface NameStore {
  /** Returns all owned names. */
  ownedNames(): Promise<OwnedName[]>;
  /**
   * Stores the owner of a name, replacing what was stored for the name.
   *
   * @throws {ChatError} `unavailable`, if it fails; then nothing has changed.
   */
  saveOwnedName(name: OwnedName): Promise<void>;
  /**
   * Deletes the owner of a name.
   *
   * @throws {ChatError} `unavailable`, if it fails; then the owner is unchanged.
   */
  releaseName(name: string): Promise<void>;
}

/** The dependencies and bounds of names. */
export interface NamesOptions {
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** The most names that one key may own. */
  readonly maxNames: number;
  /** The most owned names in all. */
  readonly maxOwned: number;
  /**
   * The time after which the unused name of an absent owner is released, in milliseconds. A name
   * is unused if nothing was ever posted under it.
   */
  readonly awayMs: number;
  /** Called when a change to an owned name could not be stored. */
  readonly onError: (error: unknown) => void;
}

/** The person who wants to use a name. */
export interface NameUseOptions {
  /** The fingerprint of their key; undefined without one. */
  readonly key: string | undefined;
  /** Called before the key becomes the owner of a name. It may throw to prevent that. */
  readonly claim: () => void;
}

/** Words that the chat shows in place of a name: the reader, and the address of Unix sockets. */
const RESERVED: ReadonlySet<string> = new Set(["you", "unix"].map(skeleton));

/**
 * A name in use. If its owner was never stored, the name has no owner again when this is disposed.
 */
export interface NameUse extends Disposable {
  /** Whether there is nothing to store: the name has no owner, or the owner is stored already. */
  readonly isKept: boolean;
  /**
   * Stores the owner of the name.
   *
   * @throws {ChatError} `unavailable`, if it fails.
   */
  keep(): Promise<void>;
  /** Called before the first note is posted under the name. */
  markSpoken(): void;
}

/** The interval for storing the last visit of an owner who is online, in milliseconds. */
const SEEN_MS = 3_600_000;

/** The most names that one sweep stores: no tick should take long. */
const MAX_SWEPT = 1_000;

/**
 * The names of a server. Each belongs to the first key that uses it, in all rooms, until it is
 * released, or until its owner has been away for long without ever having posted under it. People
 * without a key share the remaining names.
 */
export class Names {
  readonly #store: NameStore;
  readonly #options: NamesOptions;
  readonly #owned = new NameIndex<OwnedNameState>();
  /** The number of names of each key. */
  readonly #counts = new Map<string, number>();
  /** Owned names under which nothing was ever posted. */
  readonly #silent = new Set<OwnedNameState>();
  /** Owned names whose last visit is not stored yet. */
  readonly #seen = new Set<OwnedNameState>();
  /** Names in use without a key, and how often. */
  readonly #unowned = new NameIndex<{ uses: number }>();

  private constructor(store: NameStore, options: NamesOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Loads the owned names. */
  static async open(store: NameStore, options: NamesOptions): Promise<Names> {
    const names = new Names(store, options);
    for (const owned of await store.ownedNames()) {
      const stored = Promise.resolve();
      names.#add({ ...owned, seenStored: owned.seen, stored, isKept: true, uses: 0 });
    }
    return names;
  }

  /**
   * Checks that a person may use a name. Its owner may, as it was first written, even if it breaks
   * a newer rule.
   *
   * @param key The fingerprint of their key; undefined without one.
   * @throws {ChatError} `invalid`, if it is not a valid new name; `taken`, if it belongs to another
   * key or looks like a name that does.
   */
  check(name: string, key?: string): void {
    const same = this.#owned.get(name);
    const isOwn = same !== undefined && same.holder.key === key;
    if (isOwn && same.name === name) return;
    if (!isOwn) {
      checkNewName(name);
      if (RESERVED.has(skeleton(name))) {
        throw new ChatError("invalid", `Name "${name}" is reserved`);
      }
    }
    for (const held of this.#owned.confusables(name)) {
      if (held.holder.key !== key) throw nameTaken(name, held);
    }
  }

  /** Returns the key that owns a name; undefined if it has no owner. */
  findOwner(name: string): string | undefined {
    return this.#owned.get(name)?.holder.key;
  }

  /** Returns the owned names, those with the most recently seen owners first. */
  list(): OwnedName[] {
    const now = this.#options.now();
    const lastSeen = ({ uses, seen }: OwnedNameState) => uses > 0 ? now : seen;
    const owners = Array.from(this.#owned.holders());
    return owners.map((entry) => toOwned({ ...entry, seen: lastSeen(entry) }))
      .sort((a, b) => b.seen - a.seen || (a.name < b.name ? -1 : 1));
  }

  /**
   * Uses a name until that is disposed. A name without an owner then belongs to the key, once it is
   * stored, unless the name or one like it is in use without a key.
   *
   * @throws {ChatError} as {@linkcode check}; `full`, if the key has too many names.
   */
  use(name: string, { key, claim }: NameUseOptions): NameUse {
    this.check(name, key);
    if (key === undefined) return this.#useWithoutKey(name);
    const entry = this.#owned.get(name)?.holder ?? this.#claim(name, key, claim);
    entry.uses++;
    const stack = new DisposableStack();
    stack.defer(() => this.#endUse(entry));
    if (entry.isKept) this.#seen.add(entry);
    return {
      isKept: entry.isKept,
      keep: () => this.#keep(entry),
      markSpoken: () => this.#markSpoken(entry),
      [Symbol.dispose]: () => stack.dispose(),
    };
  }

  /** Called before a private note is sent to a name. */
  markAddressed(name: string): void {
    const entry = this.#owned.get(name)?.holder;
    if (entry) this.#markSpoken(entry);
  }

  /**
   * Releases a name from its owner. Notes posted under it stay verified, and private notes still
   * belong to the owner's key.
   *
   * @throws {ChatError} `taken`, if its owner is using it; `unavailable`, if the release cannot be
   * stored.
   */
  async release(name: string): Promise<void> {
    const entry = this.#owned.get(name)?.holder;
    if (!entry) return;
    if (entry.uses > 0) {
      throw new ChatError("taken", `Cannot release "${entry.name}": its owner is using it`);
    }
    this.#remove(entry);
    // In use until the store has deleted the owner, so that no other key can claim it before.
    using _use = this.#useWithoutKey(entry.name);
    try {
      await this.#store.releaseName(entry.name);
    } catch (error) {
      this.#add(entry);
      throw error;
    }
  }

  /**
   * Releases unused names whose owners have been away for long, and stores when the other owners
   * were last seen.
   */
  async sweep(): Promise<void> {
    const now = this.#options.now();
    const work: Promise<void>[] = [];
    for (const entry of this.#seen) {
      if (work.length >= MAX_SWEPT) break;
      if (entry.uses > 0 && now - entry.seenStored < SEEN_MS) continue;
      if (entry.uses > 0) entry.seen = now;
      else this.#seen.delete(entry);
      entry.seenStored = entry.seen;
      work.push(this.#store.saveOwnedName(toOwned(entry)));
    }
    for (const entry of this.#silent) {
      if (work.length >= MAX_SWEPT) break;
      const isAway = entry.uses === 0 && now - entry.seen >= this.#options.awayMs;
      if (isAway) work.push(this.release(entry.name));
    }
    for (const done of await Promise.allSettled(work)) {
      if (done.status === "rejected") this.#options.onError(done.reason);
    }
  }

  #claim(name: string, key: string, claim: () => void): OwnedNameState {
    for (const held of this.#unowned.confusables(name)) throw nameTaken(name, held);
    const { now, maxNames, maxOwned } = this.#options;
    if ((this.#counts.get(key) ?? 0) >= maxNames) {
      const words = `key ${key} already has ${formatNumber(maxNames)} names, the maximum`;
      throw new ChatError("full", `Cannot claim name "${name}": ${words}`);
    }
    if (this.#owned.size >= maxOwned) {
      const words = `the server already has ${formatNumber(maxOwned)} owned names, the maximum`;
      throw new ChatError("full", `Cannot claim name "${name}": ${words}`);
    }
    claim();
    const time = now();
    const entry: OwnedNameState = {
      name,
      key,
      time,
      seen: time,
      spoken: false,
      seenStored: time,
      stored: undefined,
      isKept: false,
      uses: 0,
    };
    // Added at once, so that nobody else can claim it while it is being stored.
    this.#add(entry);
    return entry;
  }

  async #keep(entry: OwnedNameState): Promise<void> {
    entry.stored ??= this.#store.saveOwnedName(toOwned(entry)).catch((error) => {
      entry.stored = undefined;
      // Its users may have left during the wait.
      if (entry.uses === 0 && this.#isOwned(entry)) this.#remove(entry);
      throw error;
    });
    await entry.stored;
    entry.isKept = true;
    if (entry.uses > 0) this.#seen.add(entry);
  }

  #endUse(entry: OwnedNameState): void {
    entry.uses--;
    entry.seen = this.#options.now();
    if (entry.stored) this.#seen.add(entry);
    else if (entry.uses === 0) this.#remove(entry);
  }

  /** Stored before the note itself, so that no note is ever found under a released name. */
  #markSpoken(entry: OwnedNameState): void {
    if (entry.spoken) return;
    entry.spoken = true;
    this.#silent.delete(entry);
    this.#store.saveOwnedName(toOwned(entry)).catch((error) => {
      entry.spoken = false;
      if (this.#isOwned(entry)) this.#silent.add(entry);
      this.#options.onError(error);
    });
  }

  #isOwned(entry: OwnedNameState): boolean {
    return this.#owned.get(entry.name)?.holder === entry;
  }

  #add(entry: OwnedNameState): void {
    const { name, key, spoken } = entry;
    this.#owned.add(name, entry);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (!spoken) this.#silent.add(entry);
  }

  #remove(entry: OwnedNameState): void {
    const { name, key } = entry;
    this.#owned.delete(name);
    this.#silent.delete(entry);
    this.#seen.delete(entry);
    const left = this.#counts.get(key)! - 1;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }

  #useWithoutKey(name: string): NameUse {
    const { holder } = this.#unowned.get(name) ?? this.#unowned.add(name, { uses: 0 });
    holder.uses++;
    const stack = new DisposableStack();
    stack.defer(() => {
      if (--holder.uses === 0) this.#unowned.delete(name);
    });
    return {
      isKept: true,
      keep: () => Promise.resolve(),
      markSpoken: () => {},
      [Symbol.dispose]: () => stack.dispose(),
    };
  }
}
