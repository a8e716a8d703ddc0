import { formatDuration } from "../text/duration.ts";
import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";
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

/** The storage for sanctions. */
export interface SanctionStore {
  /** Returns all stored sanctions. */
  sanctions(): Promise<Sanction[]>;
  /**
   * Stores a sanction. It replaces one of the same kind for the same principal.
   *
   * @throws {ChatError} `unavailable`, if it cannot be stored.
   */
  saveSanction(sanction: Sanction): Promise<void>;
  /**
   * Deletes a sanction.
   *
   * @throws {ChatError} `unavailable`, if it cannot be deleted.
   */
  liftSanction(sanction: Pick<Sanction, "kind" | "principal">): Promise<void>;
}

/** The most sanctions. */
const MAX_SANCTIONS = 10_000;

/** The bans and mutes. */
export class Sanctions {
  readonly #store: SanctionStore;
  readonly #now: () => number;
  readonly #active: Readonly<Record<SanctionKind, Map<string, Sanction>>>;

  private constructor(store: SanctionStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#active = { ban: new Map(), mute: new Map() };
  }

  /**
   * Loads the sanctions of `store`. `now` returns the time in milliseconds since the Unix epoch.
   */
  static async open(store: SanctionStore, now: () => number): Promise<Sanctions> {
    const sanctions = new Sanctions(store, now);
    for (const each of await store.sanctions()) {
      sanctions.#active[each.kind].set(each.principal, each);
    }
    await sanctions.#dropExpired();
    return sanctions;
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
    await this.#dropExpired();
    const { ban, mute } = this.#active;
    if (
      ban.size + mute.size >= MAX_SANCTIONS && !this.#active[sanction.kind].has(sanction.principal)
    ) {
      const words = `There are ${formatNumber(MAX_SANCTIONS)} bans and mutes already: lift some`;
      throw new ChatError("full", words);
    }
    await this.#store.saveSanction(sanction);
    this.#active[sanction.kind].set(sanction.principal, sanction);
  }

  /** Returns the active sanctions of a kind for a name, a key or a network. */
  find(kind: SanctionKind, name: string): Sanction[] {
    return [...this.#active[kind].values()].filter((sanction) =>
      this.#isActive(sanction) && (sanction.principal === name || isSameName(sanction.name, name))
    );
  }

  /** Lifts a sanction, once the promise resolves. */
  async lift(sanction: Sanction): Promise<void> {
    await this.#store.liftSanction(sanction);
    this.#active[sanction.kind].delete(sanction.principal);
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

  /** Deletes expired sanctions. */
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
