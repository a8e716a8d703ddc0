import { formatDuration } from "../text/duration.ts";
import { formatNumber } from "../text/number.ts";
import { ChatError } from "./errors.ts";
import { isSameName } from "./note.ts";

/** What holds until it is lifted or its time has come. */
export type SanctionKind = "ban" | "mute";

/** Somebody who must not speak, or not even be here. */
export interface Sanction {
  /** Whether they must not speak (`mute`) or not even be here (`ban`). */
  readonly kind: SanctionKind;
  /**
   * Whom it holds for: the fingerprint of a key, or a network, for all there who have no key.
   */
  readonly whom: string;
  /** The name that they had then. */
  readonly name: string;
  /** The name of the operator. */
  readonly by: string;
  /** Why; may be empty. */
  readonly reason: string;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** Until when, likewise; undefined for good. */
  readonly until?: number;
}

/** Where sanctions are kept. */
export interface SanctionStore {
  /** All that are kept. */
  sanctions(): Promise<Sanction[]>;
  /**
   * Keeps a sanction, in the place of one of the same kind for the same people.
   *
   * @throws {ChatError} `unavailable`, if it cannot.
   */
  saveSanction(sanction: Sanction): Promise<void>;
  /**
   * Keeps a sanction no longer.
   *
   * @throws {ChatError} `unavailable`, if it cannot.
   */
  liftSanction(sanction: Pick<Sanction, "kind" | "whom">): Promise<void>;
}

/** Somebody, as a sanction sees them. */
export interface Principal {
  /** The fingerprint of the key that they have proven to have. */
  readonly key: string | undefined;
  /** The network that they are in. */
  readonly network: string;
}

/** By what a sanction knows somebody: their key, or where they are, if they have none. */
export function sanctionKey({ key, network }: Principal): string {
  return key ?? network;
}

/** How many sanctions there may be. */
const MAX_SANCTIONS = 10_000;

/** Who must not speak, and who must not be here. */
export class Sanctions {
  readonly #store: SanctionStore;
  readonly #now: () => number;
  readonly #active: Readonly<Record<SanctionKind, Map<string, Sanction>>>;

  private constructor(store: SanctionStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#active = { ban: new Map(), mute: new Map() };
  }

  /** Loads what `store` keeps; `now` is the time in milliseconds since the Unix epoch. */
  static async open(store: SanctionStore, now: () => number): Promise<Sanctions> {
    const sanctions = new Sanctions(store, now);
    for (const each of await store.sanctions()) sanctions.#active[each.kind].set(each.whom, each);
    await sanctions.#dropExpired();
    return sanctions;
  }

  /** All that hold now, the latest first. */
  list(): Sanction[] {
    const all = [...this.#active.ban.values(), ...this.#active.mute.values()];
    return all.filter((sanction) => this.#isActive(sanction)).sort((a, b) => b.time - a.time);
  }

  /**
   * Holds from now on, also when the server starts again, once the promise resolves.
   *
   * @throws {ChatError} `too_large`, if there are too many; `unavailable`, if it cannot be kept.
   */
  async impose(sanction: Sanction): Promise<void> {
    await this.#dropExpired();
    const { ban, mute } = this.#active;
    if (ban.size + mute.size >= MAX_SANCTIONS && !this.#active[sanction.kind].has(sanction.whom)) {
      const words = `There are ${formatNumber(MAX_SANCTIONS)} bans and mutes already: lift some`;
      throw new ChatError("too_large", words);
    }
    await this.#store.saveSanction(sanction);
    this.#active[sanction.kind].set(sanction.whom, sanction);
  }

  /** Those of a kind that are of a name, or hold for a key or a network. */
  find(kind: SanctionKind, name: string): Sanction[] {
    return [...this.#active[kind].values()].filter((sanction) =>
      this.#isActive(sanction) && (sanction.whom === name || isSameName(sanction.name, name))
    );
  }

  /** Holds no longer, once the promise resolves. */
  async lift(sanction: Sanction): Promise<void> {
    await this.#store.liftSanction(sanction);
    this.#active[sanction.kind].delete(sanction.whom);
  }

  /**
   * Checks that somebody may be here, or speak.
   *
   * @throws {ChatError} `forbidden`, saying for how long they may not, and why.
   */
  check(kind: SanctionKind, principal: Principal): void {
    const sanction = this.#active[kind].get(sanctionKey(principal));
    if (!sanction || !this.#isActive(sanction)) return;
    throw new ChatError("forbidden", sanctionMessage(sanction, this.#now()));
  }

  /** Keeps no longer what is over. */
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

/** What somebody is for whom it holds. */
export const STATES: Readonly<Record<SanctionKind, string>> = { ban: "banned", mute: "muted" };

/** What is told to whom it concerns: `You are banned for 29 min: spam`. */
export function sanctionMessage({ kind, until, reason }: Sanction, now: number): string {
  const span = until === undefined ? "" : ` for ${formatDuration(until - now)}`;
  return `You are ${STATES[kind]}${span}${reason === "" ? "" : `: ${reason}`}`;
}
