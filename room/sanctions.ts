import { formatDuration } from "../text/duration.ts";
import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";
import { loadAndFollow } from "./load_and_follow.ts";
import { isSameName } from "./note.ts";
import { type Principal, principalId } from "./principal.ts";

/** A sanction that applies until it is lifted or expires. */
export type SanctionKind = "ban" | "mute";

/** A ban or mute of a principal. */
export interface Sanction {
  /** Whether it forbids posting (`mute`) or even being here (`ban`). */
  readonly kind: SanctionKind;
  /**
   * The id of the principal it applies to: the fingerprint of a key, or a network, for everyone
   * there without a key.
   */
  readonly principal: string;
  /** The name that was in use at the time. */
  readonly name: string;
  /** The name of the operator. */
  readonly by: string;
  /** The reason; may be empty. */
  readonly reason: string;
  /** Its start, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** Its end, likewise; undefined if permanent. */
  readonly until?: number;
}

/** A ban or mute as a client knows it: its server may be newer and know other kinds. */
export interface ReportedSanction extends Omit<Sanction, "kind"> {
  /** The kind; for an unknown one, its number on the wire. */
  readonly kind: SanctionKind | number;
}

/** The lifting of a sanction by an operator. */
export interface Lifting {
  /** The name of the operator. */
  readonly by: string;
  /** The reason; may be empty. */
  readonly reason: string;
  /** The time, in milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A sanction that was imposed or lifted. */
export interface SanctionChange {
  readonly sanction: Sanction;
  /** How it was lifted, `expired` included; undefined if it was imposed. */
  readonly lifted?: Lifting | "expired" | undefined;
}

/** The storage for sanctions. */
export interface SanctionStore {
  /** Returns all stored sanctions. */
  sanctions(): Promise<Sanction[]>;
  /**
   * Stores a sanction. It replaces one of the same kind for the same principal.
   *
   * @param check Called right before, once listeners know everything that other servers have
   * stored; it may throw to prevent it. A store that only this server uses does not call it.
   * @throws {ChatError} `unavailable`, if it cannot be stored.
   */
  saveSanction(sanction: Sanction, check?: () => void): Promise<void>;
  /**
   * Deletes a sanction. One that has expired is not deleted if another one has replaced it.
   *
   * @param lifting Default: it has expired.
   * @throws {ChatError} `unavailable`, if it cannot be deleted.
   */
  liftSanction(sanction: Sanction, lifting?: Lifting): Promise<void>;
  /**
   * Calls `onChange` for each change from now on, by this server or others, in the same order on
   * all of them. Missing if only this server uses the store.
   */
  followSanctions?(onChange: (change: SanctionChange) => void): Disposable;
}

/** The most sanctions. */
const MAX_SANCTIONS = 10_000;

/**
 * Checks the number of sanctions after an import.
 *
 * @throws {ChatError} `full`, if there would be too many.
 */
export function checkSanctionCount(count: number): void {
  if (count <= MAX_SANCTIONS) return;
  const bound = `at most ${formatNumber(MAX_SANCTIONS)} are allowed`;
  throw new ChatError("full", `There would be ${formatNumber(count)} bans and mutes: ${bound}`);
}

/** Returns the one of two sanctions of a kind and a principal that lasts longer. */
export function longerSanction(sanction: Sanction, stored: Sanction | undefined): Sanction {
  if (!stored || (sanction.until ?? Infinity) > (stored.until ?? Infinity)) return sanction;
  return stored;
}

/** The bans and mutes. */
export class Sanctions {
  readonly #store: SanctionStore;
  readonly #now: () => number;
  readonly #active: Readonly<Record<SanctionKind, Map<string, Sanction>>>;
  readonly #listeners = new Set<(change: SanctionChange) => void>();
  /** Settles when the expired sanctions are deleted; undefined while nobody does that. */
  #dropping: Promise<void> | undefined;

  private constructor(store: SanctionStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#active = { ban: new Map(), mute: new Map() };
  }

  /**
   * Loads the sanctions of `store`, and follows them if other servers use it, too. `now` returns
   * the time in milliseconds since the Unix epoch.
   */
  static async open(store: SanctionStore, now: () => number): Promise<Sanctions> {
    const sanctions = new Sanctions(store, now);
    await loadAndFollow<SanctionChange>({
      follow: store.followSanctions?.bind(store),
      load: async () => {
        for (const sanction of await store.sanctions()) sanctions.#apply({ sanction });
      },
      onChange: (change) => sanctions.#apply(change),
    });
    return sanctions;
  }

  /**
   * Calls `onChange` for each sanction that is imposed or lifted from now on, by this server or
   * another one.
   */
  listen(onChange: (change: SanctionChange) => void): Disposable {
    this.#listeners.add(onChange);
    return { [Symbol.dispose]: () => void this.#listeners.delete(onChange) };
  }

  /** Returns all active sanctions, the latest first. */
  list(): Sanction[] {
    const all = [...this.#active.ban.values(), ...this.#active.mute.values()];
    return all.filter((sanction) => this.#isActive(sanction)).sort((a, b) => b.time - a.time);
  }

  /**
   * Imposes a sanction. Once the promise resolves it applies, even after a restart.
   *
   * @throws {ChatError} `full`, if there are too many; `unavailable`, if it cannot be stored.
   */
  async impose(sanction: Sanction): Promise<void> {
    const check = () => this.#checkCount(sanction);
    check();
    await this.#store.saveSanction(sanction, check);
    if (!this.#store.followSanctions) this.#apply({ sanction });
  }

  /** Returns the active sanctions of a kind for a name, a key or a network. */
  find(kind: SanctionKind, name: string): Sanction[] {
    return [...this.#active[kind].values()].filter((sanction) =>
      this.#isActive(sanction) && (sanction.principal === name || isSameName(sanction.name, name))
    );
  }

  /**
   * Lifts a sanction, once the promise resolves.
   *
   * @param lifting Default: it has expired.
   * @throws {ChatError} `unavailable`, if that cannot be stored.
   */
  async lift(sanction: Sanction, lifting?: Lifting): Promise<void> {
    await this.#store.liftSanction(sanction, lifting);
    if (this.#store.followSanctions) return;
    this.#apply({ sanction, lifted: lifting ?? "expired" });
  }

  /**
   * Deletes expired sanctions, one after the other, so that others are imposed in between. They no
   * longer apply anyway.
   *
   * @throws {ChatError} `unavailable`, if that cannot be stored.
   */
  dropExpired(): Promise<void> {
    return this.#dropping ??= this.#dropExpired().finally(() => void (this.#dropping = undefined));
  }

  /**
   * Checks that a principal is not banned or muted.
   *
   * @throws {ChatError} `forbidden`, with the remaining time and the reason.
   */
  check(kind: SanctionKind, principal: Principal): void {
    const sanction = this.#active[kind].get(principalId(principal));
    if (!sanction || !this.#isActive(sanction)) return;
    throw new ChatError("forbidden", sanctionMessage(sanction, this.#now()));
  }

  /** Applies what this server or another one has stored. */
  #apply(change: SanctionChange): void {
    const { sanction, lifted } = change;
    const active = this.#active[sanction.kind];
    // Another one may have replaced it while it was deleted.
    const isReplaced = active.get(sanction.principal)?.until !== sanction.until;
    if (lifted === "expired" && isReplaced) return;
    if (lifted) active.delete(sanction.principal);
    else active.set(sanction.principal, sanction);
    for (const listener of [...this.#listeners]) listener(change);
  }

  #checkCount({ kind, principal }: Sanction): void {
    const { ban, mute } = this.#active;
    if (ban.size + mute.size < MAX_SANCTIONS || this.#active[kind].has(principal)) return;
    if (this.list().length < MAX_SANCTIONS) return; // Expired ones are deleted from time to time.
    const words = `There are ${formatNumber(MAX_SANCTIONS)} bans and mutes already: lift some`;
    throw new ChatError("full", words);
  }

  async #dropExpired(): Promise<void> {
    const { ban, mute } = this.#active;
    for (const each of [...ban.values(), ...mute.values()]) {
      if (!this.#isActive(each)) await this.lift(each);
    }
  }

  #isActive({ until = Infinity }: Sanction): boolean {
    return this.#now() < until;
  }
}

/** The state of a principal under a sanction. */
export const STATES: Readonly<Record<SanctionKind, string>> = { ban: "banned", mute: "muted" };

/** Returns the message for a sanctioned person: `banned for 29 min: spam`. */
function sanctionMessage({ kind, until, reason }: Sanction, now: number): string {
  const span = until === undefined ? "" : ` for ${formatDuration(until - now)}`;
  return `${STATES[kind]}${span}${reason === "" ? "" : `: ${reason}`}`;
}
