import { ChatError } from "../../room/errors.ts";
import { foldName, guestName, parseGuestName, truncateName } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";
import type { IgnoredChange } from "../ignored_change.ts";
import type { CommandIgnored, NamedPerson } from "./commands/slash_command.ts";

/** Stores the names of ignored people, for the servers of one chat. */
export interface IgnoredStore {
  /** Returns the names. */
  read(addresses: readonly string[]): Promise<readonly string[]>;
  /** Adds and removes names. */
  change(addresses: readonly string[], change: IgnoredChange): Promise<void>;
}

/** The options of {@linkcode IgnoredPeople}. */
export interface IgnoredOptions {
  /** The servers of the chat. */
  readonly addresses: readonly string[];
  /** Remembers them; without it they are ignored until the program ends. */
  readonly store?: IgnoredStore | undefined;
  /** Called when they cannot be read or stored; they are ignored nevertheless. */
  readonly onFailure: (what: string, error: unknown) => void;
  /**
   * Called when the person ignores somebody from now on, or no more. Default: not called.
   *
   * @param concerns Returns whether it is about somebody.
   */
  readonly onChange?: (concerns: (person: NamedPerson) => boolean) => void;
}

/** The most people that can be ignored in a chat. */
export const MAX_IGNORED = 1_000;

/** An ignored person. */
interface Ignored {
  /** The name as it is typed: `ann`, or `~ann` for a person without a key. */
  readonly name: string;
  /** Whether it is a new name that a person without a key has taken: it is theirs for a while. */
  readonly isFollowed: boolean;
}

/**
 * The people that a person ignores, by name: the server tells no keys. `ann` is the owner of the
 * name, and `~ann` anybody who uses it without a key.
 */
export class IgnoredPeople implements CommandIgnored {
  readonly #options: IgnoredOptions;
  /** By folded name, with its mark. */
  readonly #people = new Map<string, Ignored>();
  /** Settles when the store has done everything so far. */
  #stored: Promise<void> = Promise.resolve();

  /** Ignores nobody, before {@linkcode load}. */
  constructor(options: IgnoredOptions) {
    this.#options = options;
  }

  get names(): readonly string[] {
    return Array.from(this.#people.values(), ({ name }) => name);
  }

  /** Reads the stored names. */
  async load(): Promise<void> {
    const { store, addresses, onFailure } = this.#options;
    try {
      for (const name of await store?.read(addresses) ?? []) this.#set(name);
    } catch (error) {
      onFailure("look up the people that you ignore", error);
    }
  }

  has(person: NamedPerson): boolean {
    return isAmong(this.#people, person);
  }

  async add(name: string): Promise<void> {
    if (!this.#people.has(keyOf(name)) && this.#people.size >= MAX_IGNORED) {
      const most = formatNumber(MAX_IGNORED);
      throw new ChatError("invalid", `You ignore ${most} people already, which is the most`);
    }
    this.#set(name);
    this.#report([keyOf(name)]);
    await this.#store({ add: [name] });
  }

  async remove(name: string): Promise<readonly string[]> {
    const keys = [keyOf(name), ...parseGuestName(name) ? [] : [guestName(foldName(name))]];
    const removed = keys.map((key) => this.#people.get(key)?.name).filter((name) =>
      name !== undefined
    );
    for (const key of keys) this.#people.delete(key);
    if (removed.length > 0) this.#report(keys);
    if (removed.length > 0) await this.#store({ remove: removed });
    return removed;
  }

  /**
   * Ignores a person under a new name, too. That of a person without a key is not stored, because
   * it may be another person's later.
   */
  rename(was: NamedPerson, name: string): void {
    const now = was.verified === undefined ? { name } : { name, verified: was.verified };
    if (!this.has(was) || this.has(now) || this.#people.size >= MAX_IGNORED) return;
    if (truncateName(name) !== name) return; // Not every server bounds names.
    if (was.verified !== true) return this.#set(guestName(name), true);
    this.#set(name);
    void this.#store({ add: [name] });
  }

  /** Forgets a new name of a person without a key, who has left. */
  leave({ name, verified }: NamedPerson): void {
    const key = guestName(foldName(name));
    if (verified !== true && this.#people.get(key)?.isFollowed) this.#people.delete(key);
  }

  #report(keys: readonly string[]): void {
    const changed = new Set(keys);
    this.#options.onChange?.((person) => isAmong(changed, person));
  }

  #set(name: string, isFollowed = false): void {
    const key = keyOf(name);
    if (this.#people.get(key)?.isFollowed !== false) this.#people.set(key, { name, isFollowed });
  }

  /** Stores a change after the others. */
  #store(change: IgnoredChange): Promise<void> {
    const { store, addresses, onFailure } = this.#options;
    this.#stored = this.#stored
      .then(() => store?.change(addresses, change))
      .catch((error) => onFailure("keep the people that you ignore", error));
    return this.#stored;
  }
}

function isAmong(keys: Pick<ReadonlySet<string>, "has" | "size">, person: NamedPerson): boolean {
  if (keys.size === 0) return false;
  const { name, verified } = person;
  const folded = foldName(name);
  return (verified !== false && keys.has(folded)) ||
    (verified !== true && keys.has(guestName(folded)));
}

function keyOf(name: string): string {
  const guest = parseGuestName(name);
  return guest === undefined ? foldName(name) : guestName(foldName(guest));
}
