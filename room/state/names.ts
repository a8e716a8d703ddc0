import { nameTaken, skeleton } from "../confusable.ts";
import { ChatError } from "../errors.ts";
import { loadAndFollow } from "../load_and_follow.ts";
import { checkNewName } from "../name_rule.ts";
import { isSameName } from "../note.ts";
import type { OwnedName } from "../owned_name.ts";
import { GuestNames } from "./guest_names.ts";
import type { NameChange, NameStore } from "./name_store.ts";
import { NameSweeps } from "./name_sweeps.ts";
import type { NameUse, NameUseOptions, NameUser } from "./name_use.ts";
import { NameWriter } from "./name_writer.ts";
import {
  OwnedNames,
  type OwnedNamesBounds,
  type OwnedNameState,
  toClaimedState,
  toOwned,
  toStoredState,
} from "./owned_names.ts";

/** The dependencies and bounds of names. */
export interface NamesOptions extends OwnedNamesBounds {
  /** The time, in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /**
   * The time after which the unused name of an absent owner is released, in milliseconds. A name
   * is unused if nothing was ever posted under it.
   */
  readonly awayMs: number;
  /** Called when a change to an owned name could not be stored. */
  readonly onError: (error: unknown) => void;
  /** Whether a key uses a name on another server. Default: there is none. */
  readonly isOwnerPresent?: ((name: string, key: string) => boolean) | undefined;
  /**
   * Returns a name that a person without a key uses on another server, and that could be confused
   * with this one. Default: there is no other server.
   */
  readonly findGuest?: ((name: string) => string | undefined) | undefined;
}

/** Words that the chat shows in place of a name: the reader, and the address of Unix sockets. */
const RESERVED: ReadonlySet<string> = new Set(["you", "unix"].map(skeleton));

/**
 * The names of a server. Each belongs to the first key that uses it, in all rooms, until it is
 * released, or until its owner has been away for long without ever having posted under it. People
 * without a key share the remaining names.
 */
export class Names {
  readonly #options: NamesOptions;
  readonly #owned = new OwnedNames();
  readonly #guests = new GuestNames();
  readonly #writer: NameWriter;
  readonly #sweeps: NameSweeps;

  private constructor(store: NameStore, options: NamesOptions) {
    this.#options = options;
    const { onError } = options;
    const owned = this.#owned;
    this.#writer = new NameWriter({ store, owned, bounds: options, onError });
    this.#sweeps = new NameSweeps({
      ...options,
      owned,
      isOneByOne: store.followNames !== undefined,
      isPresent: (entry) => this.#isPresent(entry),
      save: (entry) => this.#writer.save(entry),
      release: (entry) => this.release(entry.name),
    });
  }

  /** Loads the owned names, and follows them if other servers use the store, too. */
  static async open(store: NameStore, options: NamesOptions): Promise<Names> {
    const names = new Names(store, options);
    await loadAndFollow<NameChange>({
      follow: store.followNames?.bind(store),
      load: async () => {
        for (const owned of await store.ownedNames()) names.#owned.add(toStoredState(owned));
      },
      onChange: (change) => names.#hear(change),
    });
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
    const isOwn = same !== undefined && same.key === key;
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
    return this.#owned.get(name)?.key;
  }

  /** Returns the owned names, those with the most recently seen owners first. */
  list(): OwnedName[] {
    return this.#list(this.#owned);
  }

  /** Returns the names of a key, the most recently used first. */
  listOf(key: string): OwnedName[] {
    return this.#list(this.#owned.of(key));
  }

  #list(entries: Iterable<OwnedNameState>): OwnedName[] {
    const now = this.#options.now();
    const lastSeen = (entry: OwnedNameState) => this.#isPresent(entry) ? now : entry.seen;
    return Array.from(entries, (entry) => toOwned({ ...entry, seen: lastSeen(entry) }))
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
    if (key === undefined) return this.#guests.use(name);
    const entry = this.#owned.get(name) ?? this.#claim(name, key, claim);
    const user: NameUser = {};
    entry.users.add(user);
    const stack = new DisposableStack();
    stack.defer(() => this.#endUse(entry, user));
    if (entry.isKept) this.#owned.seen.add(entry);
    return {
      isKept: entry.isKept,
      keep: () => this.#writer.keep(entry),
      markSpoken: () => this.#writer.markSpoken(entry),
      onLost: (end) => void (user.end = end),
      [Symbol.dispose]: () => stack.dispose(),
    };
  }

  /** Called before a private note is sent to a name, as `markSpoken()` of its use. */
  markAddressed(name: string): Promise<void> | undefined {
    const entry = this.#owned.get(name);
    return entry && this.#writer.markSpoken(entry);
  }

  /**
   * Releases a name from its owner. Notes posted under it stay verified, and private notes still
   * belong to the owner's key.
   *
   * @throws {ChatError} `taken`, if its owner is using it; `unavailable`, if the release cannot be
   * stored.
   */
  async release(name: string): Promise<void> {
    const entry = this.#owned.get(name);
    if (!entry) return;
    this.#checkAbsent(entry);
    this.#owned.remove(entry);
    // In use until the store has deleted the owner, so that no other key can claim it before.
    using _use = this.#guests.use(entry.name);
    try {
      await this.#writer.release(entry, (now) => this.#checkAbsent(now));
    } catch (error) {
      // Another server may have stored a visit meanwhile.
      if (!this.#owned.get(entry.name)) this.#owned.add(entry);
      throw error;
    }
  }

  /**
   * Releases unused names whose owners have been away for long, and stores when the other owners
   * were last seen. It waits for a sweep that is going on.
   */
  sweep(): Promise<void> {
    return this.#sweeps.run();
  }

  #claim(name: string, key: string, claim: () => void): OwnedNameState {
    for (const held of this.#guests.confusables(name)) throw nameTaken(name, held);
    const elsewhere = this.#options.findGuest?.(name);
    if (elsewhere !== undefined) throw nameTaken(name, { name: elsewhere });
    this.#owned.checkBounds(name, key, { ...this.#options, more: 1 });
    claim();
    const entry = toClaimedState(name, key, this.#options.now());
    // Added at once, so that nobody else can claim it while it is being stored.
    this.#owned.add(entry);
    return entry;
  }

  #endUse(entry: OwnedNameState, user: NameUser): void {
    entry.users.delete(user);
    entry.seen = this.#options.now();
    if (!this.#owned.has(entry)) return;
    if (entry.stored) this.#owned.seen.add(entry);
    else if (entry.users.size === 0) this.#owned.remove(entry);
  }

  #checkAbsent(entry: OwnedNameState): void {
    if (!this.#isPresent(entry)) return;
    throw new ChatError("taken", `Cannot release "${entry.name}": its owner is using it`);
  }

  #isPresent({ name, key, users }: OwnedNameState): boolean {
    return users.size > 0 || (this.#options.isOwnerPresent?.(name, key) ?? false);
  }

  /** Applies what this server or another one has stored. */
  #hear({ name, owned }: NameChange): void {
    const entry = this.#owned.get(name);
    if (owned === undefined) {
      if (entry?.isKept) this.#hearRelease(entry);
    } else if (entry?.key === owned.key) this.#owned.update(entry, owned);
    else this.#hearOwner(owned);
  }

  #hearRelease(entry: OwnedNameState): void {
    if (entry.users.size === 0) return this.#owned.remove(entry);
    // Its owner came here while it was being released elsewhere: it is claimed again.
    entry.isKept = false;
    entry.stored = undefined;
    this.#writer.keep(entry).catch((error) => {
      if (error instanceof ChatError) this.#lose(entry, error);
      else this.#options.onError(error);
    });
  }

  /** Adds a name that another server has stored. The names here that it excludes are lost. */
  #hearOwner(owned: OwnedName): void {
    const taken = (name: string) => nameTaken(name, owned);
    for (const { name, holder } of this.#owned.confusables(owned.name)) {
      const isExcluded = !holder.isKept && holder.key !== owned.key;
      if (isExcluded || isSameName(name, owned.name)) this.#lose(holder, taken(name));
    }
    this.#owned.add(toStoredState(owned));
    this.#guests.end(owned.name, taken);
  }

  /** Removes a name that belongs to another key, and ends its uses here. */
  #lose(entry: OwnedNameState, reason: ChatError): void {
    this.#owned.remove(entry);
    entry.lost = reason;
    for (const { end } of [...entry.users]) end?.(reason);
  }
}
