import { ChatError } from "./errors.ts";
import { HeldNames, skeletonOf, taken } from "./look_alike.ts";
import { checkNewName } from "./name_rule.ts";

/** A name that belongs to a key. */
export interface OwnedName {
  /** The name, as it was written first. */
  readonly name: string;
  /** The fingerprint of the key. */
  readonly key: string;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** Where it is kept whose names are whose. */
export interface NameStore {
  /** All names that belong to somebody. */
  owned(): Promise<OwnedName[]>;
  /**
   * Keeps that a name belongs to a key.
   *
   * @throws {ChatError} `unavailable`, if it cannot; the name is still nobody's then.
   */
  own(name: OwnedName): Promise<void>;
  /**
   * Forgets whose a name is.
   *
   * @throws {ChatError} `unavailable`, if it cannot; the name is still theirs then.
   */
  disown(name: string): Promise<void>;
}

/** What names need from the world, and their bounds. */
export interface NamesOptions {
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** How many names may belong to one key. */
  readonly maxNames: number;
  /** How many names may belong to somebody in all. */
  readonly maxOwned: number;
}

/** Whose a name is. */
interface Owner {
  readonly key: string;
  /** Settles when the store has it. */
  readonly stored: Promise<void>;
  /** How many use the name now, or are about to. */
  uses: number;
}

/** Words that stand where names stand: who reads, and where everybody on a Unix socket is. */
const RESERVED: ReadonlySet<string> = new Set(["you", "unix"].map(skeletonOf));

/**
 * The names of a server: each belongs to the first key that is used with it, in all rooms and
 * until it is released. People without a key share those that are left.
 */
export class Names {
  readonly #store: NameStore;
  readonly #options: NamesOptions;
  readonly #owned = new HeldNames<Owner>();
  /** How many names each key has. */
  readonly #counts = new Map<string, number>();
  /** The names that are in use without a key, each with how often. */
  readonly #loose = new HeldNames<{ uses: number }>();

  private constructor(store: NameStore, options: NamesOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Reads whose names are whose. */
  static async open(store: NameStore, options: NamesOptions): Promise<Names> {
    const names = new Names(store, options);
    for (const { name, key } of await store.owned()) names.#give(name, key, Promise.resolve());
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
      if (RESERVED.has(skeletonOf(name))) {
        throw new ChatError("invalid", `Name "${name}" is one that the chat itself uses`);
      }
    }
    for (const held of this.#owned.alike(name)) {
      if (held.holder.key !== key) throw taken(name, held);
    }
  }

  /** The fingerprint of the key that a name belongs to; undefined if it is nobody's. */
  ownerOf(name: string): string | undefined {
    return this.#owned.get(name)?.holder.key;
  }

  /**
   * Uses a name until that is disposed. With a key, one that is nobody's belongs to the key
   * once the promise resolves; unless somebody without a key uses it, or one like it.
   *
   * @throws {ChatError} as {@linkcode check}; `too_large`, if the key has too many names;
   * `unavailable`, if it cannot be stored whose it is.
   */
  async use(name: string, key?: string): Promise<Disposable> {
    this.check(name, key);
    if (key === undefined) return this.#borrow(name);
    const owner = this.#owned.get(name)?.holder ?? this.#claim(name, key);
    const use = new DisposableStack();
    use.defer(() => owner.uses--);
    owner.uses++; // From here on, not only once it is stored: it must not be released meanwhile.
    await owner.stored;
    return use;
  }

  /**
   * Makes a name nobody's again. What was said under it stays verified, and whispers stay those
   * of the key that had it.
   *
   * @throws {ChatError} `taken`, if its owner is using it; `unavailable`, if it cannot be stored
   * that it is nobody's.
   */
  async release(name: string): Promise<void> {
    const held = this.#owned.get(name);
    if (!held) return;
    const { name: written, holder: { key, uses } } = held;
    if (uses > 0) {
      throw new ChatError(
        "taken",
        `Cannot release "${written}": its owner is here under that name`,
      );
    }
    this.#take(written, key);
    // It is in use until the store has forgotten whose it was: it can be no other key's before.
    using _use = this.#borrow(written);
    try {
      await this.#store.disown(written);
    } catch (error) {
      this.#give(written, key, Promise.resolve());
      throw error;
    }
  }

  #claim(name: string, key: string): Owner {
    for (const held of this.#loose.alike(name)) throw taken(name, held);
    const { now, maxNames, maxOwned } = this.#options;
    if ((this.#counts.get(key) ?? 0) >= maxNames) {
      throw new ChatError(
        "too_large",
        `Cannot take name "${name}": your key has ${maxNames} names, and may have no more`,
      );
    }
    if (this.#owned.size >= maxOwned) {
      throw new ChatError(
        "too_large",
        `Cannot take name "${name}": ${maxOwned} names belong to somebody, and there may be no more`,
      );
    }
    // It is held at once, so that nobody else gets it while it is being stored.
    const stored = this.#store.own({ name, key, time: now() }).catch((error) => {
      this.#take(name, key);
      throw error;
    });
    return this.#give(name, key, stored);
  }

  #give(name: string, key: string, stored: Promise<void>): Owner {
    const owner = { key, stored, uses: 0 };
    this.#owned.add(name, owner);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return owner;
  }

  #take(name: string, key: string): void {
    this.#owned.delete(name);
    this.#counts.set(key, this.#counts.get(key)! - 1);
  }

  #borrow(name: string): Disposable {
    const { holder } = this.#loose.get(name) ?? this.#loose.add(name, { uses: 0 });
    holder.uses++;
    const stack = new DisposableStack();
    stack.defer(() => {
      if (--holder.uses === 0) this.#loose.delete(name);
    });
    return stack;
  }
}
