import { formatNumber } from "../../text/number.ts";
import { NameIndex, nameTaken, skeleton } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import { checkNewName } from "../name_rule.ts";
import { type OwnedName, type OwnedNameState, toOwned } from "../owned_name.ts";

/** Where it is kept whose names are whose. */
export interface NameStore {
  /** All names that belong to somebody. */
  ownedNames(): Promise<OwnedName[]>;
  /**
   * Keeps that a name belongs to a key, in the place of what was kept of the name before.
   *
   * @throws {ChatError} `unavailable`, if it cannot; nothing has changed then.
   */
  saveOwnedName(name: OwnedName): Promise<void>;
  /**
   * Forgets whose a name is.
   *
   * @throws {ChatError} `unavailable`, if it cannot; the name is still theirs then.
   */
  releaseName(name: string): Promise<void>;
}

/** What names need from the world, and their bounds. */
export interface NamesOptions {
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** How many names may belong to one key. */
  readonly maxNames: number;
  /** How many names may belong to somebody in all. */
  readonly maxOwned: number;
  /**
   * How long an owner is away, in milliseconds, until a name is free under which nothing was ever
   * said.
   */
  readonly awayMs: number;
  /** Hears of what could not be stored of names that belong to somebody. */
  readonly onError: (error: unknown) => void;
}

/** Who wants to use a name. */
export interface NameUseOptions {
  /** The fingerprint of their key; undefined if they have none. */
  readonly key: string | undefined;
  /** Called before a name that is nobody's becomes theirs; it throws to prevent that. */
  readonly claim: () => void;
}

/** Words that the chat shows in the place of a name: the reader, and the address of Unix sockets. */
const RESERVED: ReadonlySet<string> = new Set(["you", "unix"].map(skeleton));

/** A name in use. One that was nobody's is nobody's again if it was never kept. */
export interface NameUse extends Disposable {
  /** Whether there is nothing to keep: the name is nobody's, or the store has it already. */
  readonly isKept: boolean;
  /**
   * Has the store keep whose the name is.
   *
   * @throws {ChatError} `unavailable`, if it cannot.
   */
  keep(): Promise<void>;
  /** Hears that something is about to be said under the name. */
  markSpoken(): void;
}

/** How often the last visit of an owner who is still here is stored, in milliseconds. */
const SEEN_MS = 3_600_000;

/** How many names one sweep writes to the store: no turn should take long. */
const MAX_SWEPT = 1_000;

/**
 * The names of a server: each belongs to the first key that is used with it, in all rooms and
 * until it is released; or until its owner has been away for long, if nothing was ever said under
 * it. People without a key share those that are left.
 */
export class Names {
  readonly #store: NameStore;
  readonly #options: NamesOptions;
  readonly #owned = new NameIndex<OwnedNameState>();
  /** How many names each key has. */
  readonly #counts = new Map<string, number>();
  /** The owners of names under which nothing was ever said. */
  readonly #silent = new Set<OwnedNameState>();
  /** The owners whose last visit is not stored yet. */
  readonly #seen = new Set<OwnedNameState>();
  /** The names that are in use without a key, each with how often. */
  readonly #unowned = new NameIndex<{ uses: number }>();

  private constructor(store: NameStore, options: NamesOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Reads whose names are whose. */
  static async open(store: NameStore, options: NamesOptions): Promise<Names> {
    const names = new Names(store, options);
    for (const owned of await store.ownedNames()) {
      const stored = Promise.resolve();
      names.#add({ ...owned, seenStored: owned.seen, stored, isKept: true, uses: 0 });
    }
    return names;
  }

  /**
   * Checks that somebody may speak under a name. Its owner may, as it was written first, though
   * it may break a rule that is younger than it.
   *
   * @param key The fingerprint of their key; undefined if they have none.
   * @throws {ChatError} `invalid`, if it is no name for anybody new; `taken`, if it belongs to
   * another key or looks like a name that does.
   */
  check(name: string, key?: string): void {
    const same = this.#owned.get(name);
    const isOwn = same !== undefined && same.holder.key === key;
    if (isOwn && same.name === name) return;
    if (!isOwn) {
      checkNewName(name);
      if (RESERVED.has(skeleton(name))) {
        throw new ChatError("invalid", `Name "${name}" is one that the chat itself uses`);
      }
    }
    for (const held of this.#owned.confusables(name)) {
      if (held.holder.key !== key) throw nameTaken(name, held);
    }
  }

  /** The fingerprint of the key that a name belongs to; undefined if it is nobody's. */
  findOwner(name: string): string | undefined {
    return this.#owned.get(name)?.holder.key;
  }

  /** The names that belong to somebody; those whose owners were there last come first. */
  list(): OwnedName[] {
    const now = this.#options.now();
    const lastSeen = ({ uses, seen }: OwnedNameState) => uses > 0 ? now : seen;
    const owners = Array.from(this.#owned.holders());
    return owners.map((entry) => toOwned({ ...entry, seen: lastSeen(entry) }))
      .sort((a, b) => b.seen - a.seen || (a.name < b.name ? -1 : 1));
  }

  /**
   * Uses a name until that is disposed. With a key, one that is nobody's belongs to the key from
   * now on, once it is kept; unless somebody without a key uses it, or one like it.
   *
   * @throws {ChatError} as {@linkcode check}; `too_large`, if the key has too many names.
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

  /** Hears that something is about to be said to whoever has a name, and to them alone. */
  markAddressed(name: string): void {
    const entry = this.#owned.get(name)?.holder;
    if (entry) this.#markSpoken(entry);
  }

  /**
   * Makes a name nobody's again. What was said under it stays verified, and whispers stay those
   * of the key that had it.
   *
   * @throws {ChatError} `taken`, if its owner is using it; `unavailable`, if it cannot be stored
   * that it is nobody's.
   */
  async release(name: string): Promise<void> {
    const entry = this.#owned.get(name)?.holder;
    if (!entry) return;
    if (entry.uses > 0) {
      throw new ChatError(
        "taken",
        `Cannot release "${entry.name}": its owner is here under that name`,
      );
    }
    this.#remove(entry);
    // It is in use until the store has forgotten whose it was: it can be no other key's before.
    using _use = this.#useWithoutKey(entry.name);
    try {
      await this.#store.releaseName(entry.name);
    } catch (error) {
      this.#add(entry);
      throw error;
    }
  }

  /**
   * Frees the names whose owners have been away for long, if nothing was ever said under them, and
   * stores when the others were seen last.
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
      throw new ChatError(
        "too_large",
        `Cannot take name "${name}": your key has ${
          formatNumber(maxNames)
        } names, and may have no more`,
      );
    }
    if (this.#owned.size >= maxOwned) {
      throw new ChatError(
        "too_large",
        `Cannot take name "${name}": ${
          formatNumber(maxOwned)
        } names belong to somebody, and there may be no more`,
      );
    }
    claim();
    const time = now();
    const entry: OwnedNameState = {
      ...{ name, key, time, seen: time, spoken: false },
      ...{ seenStored: time, stored: undefined, isKept: false, uses: 0 },
    };
    // It is held at once, so that nobody else gets it while it is being stored.
    this.#add(entry);
    return entry;
  }

  async #keep(entry: OwnedNameState): Promise<void> {
    entry.stored ??= this.#store.saveOwnedName(toOwned(entry)).catch((error) => {
      entry.stored = undefined;
      // Its users may have left before this.
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

  /** Stores it before the note itself is stored: nobody is to find that one under a free name. */
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
