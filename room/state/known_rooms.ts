import { formatNumber } from "../../text/number.ts";
import { LOBBY } from "../defaults.ts";
import { ChatError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { UNIX } from "../network.ts";
import type { SharedRosters } from "./shared_rosters.ts";

/** The bounds of the rooms that a server knows. */
export interface KnownRoomsOptions {
  /** The most rooms besides the lobby, including those already in the store. */
  readonly maxRooms: number;
  /** The rosters that several servers share. Default: this server is alone. */
  readonly rosters?: SharedRosters | undefined;
}

/** A reader who waits for a room. */
export interface Waiter {
  readonly network: string;
}

/** The names of the rooms that there are, and of those that readers wait for, by folded names. */
export class KnownRooms {
  readonly #options: KnownRoomsOptions;
  /** The rooms in the store, open or not, and those in use: folded name → creator's spelling. */
  readonly #known = new Map<string, string>();
  /** The rooms in the store, which other servers may use, too. */
  readonly #stored = new Set<string>();
  /** The rooms that readers wait for: folded name → network and spelling of the first reader. */
  readonly #awaited = new Map<string, Waiter & { readonly name: string }>();
  /** The rooms that are known only because people are in them, perhaps on other servers. */
  readonly #occupied = new Set<string>();
  /** The spellings of all known rooms, sorted by folded name; undefined after a change. */
  #sorted: readonly string[] | undefined;

  constructor(options: KnownRoomsOptions) {
    this.#options = options;
  }

  /** The number of rooms. */
  get size(): number {
    return this.#known.size;
  }

  /** The spellings of all rooms, sorted by folded name. */
  get sorted(): readonly string[] {
    return this.#sorted ??= [...this.#known.keys()].sort().map((key) => this.spelling(key));
  }

  /** Whether there is a room. */
  has(key: string): boolean {
    return this.#known.has(key);
  }

  /** Whether a room is in the store. */
  isStored(key: string): boolean {
    return this.#stored.has(key);
  }

  /**
   * Returns the name of a room in its creator's spelling, or in that of the first reader who waits
   * for it; folded, if there is no such room.
   */
  spelling(key: string): string {
    return this.#known.get(key) ?? this.#awaited.get(key)?.name ?? key;
  }

  /**
   * Checks that one more room may be created.
   *
   * @throws {ChatError} `full`, if there are too many.
   */
  checkNew(name: string): void {
    const { maxRooms } = this.#options;
    if (this.#known.size - Number(this.#known.has(LOBBY)) < maxRooms) return;
    const words = `there are ${formatNumber(maxRooms)} already`;
    throw new ChatError("full", `Cannot create room "${name}": ${words}`);
  }

  /** Adds a room, which may not be in the store yet. */
  add(key: string, name: string): void {
    // Messages and docs write the lobby like this; an imported archive may spell it otherwise.
    this.#known.set(key, key === LOBBY ? LOBBY : name);
    this.#occupied.delete(key);
    this.#awaited.delete(key);
    this.#sorted = undefined;
  }

  /** Adds a room that is in the store. */
  addStored(key: string, name: string): void {
    this.add(key, name);
    this.#stored.add(key);
  }

  /** Adds a room that somebody is in, on any server. */
  addOccupied(key: string, name: string): void {
    if (this.#known.has(key)) return;
    this.add(key, name);
    this.#occupied.add(key);
  }

  /**
   * Adds a room to those that readers wait for.
   *
   * @throws {ChatError} `full`, if readers wait for too many rooms, here or in this network.
   */
  addAwaited(key: string, name: string, { network }: Waiter): void {
    if (this.#awaited.has(key)) return;
    const checkCount = (count: number, max: number, readers: string) => {
      if (count < max) return;
      const words = `${readers} wait for ${formatNumber(max)} other rooms already`;
      throw new ChatError("full", `Cannot wait for room "${name}": ${words}`);
    };
    checkCount(this.#awaited.size, this.#options.maxRooms, "readers");
    if (network !== UNIX) { // Unrelated people share that one.
      const here = this.#awaited.values().filter((waiter) => waiter.network === network);
      checkCount([...here].length, LIMITS.awaitedPerNetwork, "readers in your network");
    }
    this.#awaited.set(key, { network, name });
  }

  /** Removes a room, unless somebody is still in it, on any server. */
  remove(key: string): void {
    this.#stored.delete(key);
    if (this.#options.rosters?.occupied().has(key)) return void this.#occupied.add(key);
    this.#known.delete(key);
    this.#awaited.delete(key);
    this.#sorted = undefined;
  }

  /**
   * Notes that the last person has left a room, on all servers.
   *
   * @returns Whether it was known only because of them.
   */
  markEmpty(key: string): boolean {
    return this.#occupied.delete(key);
  }
}
