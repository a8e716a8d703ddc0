import type { DatabaseSync, StatementSync } from "node:sqlite";
import { guestIdentity, guestNumber, isKey } from "../../../room/identity.ts";
import { asArrays } from "./values.ts";

/** The number of cached keys. */
const MAX_CACHED = 10_000;

/**
 * Stores identities as numbers, so that a note's author takes a few bytes. A key has the positive
 * number of its row; a guest has its own number, negative.
 */
export class Identities {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #fingerprint: StatementSync;
  readonly #numbers = new Map<string, number>();
  readonly #keys = new Map<number, string>();

  /** Stores identities in `db`. */
  constructor(db: DatabaseSync) {
    this.#find = asArrays(db.prepare("SELECT id FROM keys WHERE fingerprint = ?"));
    this.#add = asArrays(db.prepare("INSERT INTO keys (fingerprint) VALUES (?) RETURNING id"));
    this.#fingerprint = asArrays(db.prepare("SELECT fingerprint FROM keys WHERE id = ?"));
  }

  /** The number of an identity; 0, which is never assigned, for a key that is not stored. */
  find(identity: string | undefined): number {
    if (identity === undefined) return 0;
    if (!isKey(identity)) return -guestNumber(identity);
    return this.#numbers.get(identity) ?? this.#known(identity, this.#find.get(identity)) ?? 0;
  }

  /** Returns the number of an identity, and stores a new key. Must run in a transaction. */
  store(identity: string | undefined): number | null {
    if (identity === undefined) return null;
    return this.find(identity) || this.#known(identity, this.#add.get(identity)) || null;
  }

  /** The identity with a number. */
  at(number: number | null): string | undefined {
    if (number === null) return undefined;
    if (number < 0) return guestIdentity(-number);
    const key = this.#keys.get(number);
    if (key !== undefined) return key;
    const [fingerprint] = (this.#fingerprint.get(number) ?? []) as unknown as string[];
    if (fingerprint !== undefined) this.#known(fingerprint, [number]);
    return fingerprint;
  }

  /** Clears the cache after a transaction that stored keys was rolled back. */
  forget(): void {
    this.#numbers.clear();
    this.#keys.clear();
  }

  #known(key: string, row: unknown): number | undefined {
    const [number] = (row ?? []) as number[]; // Types only know rows as objects: see asArrays().
    if (number === undefined) return undefined;
    if (this.#keys.size >= MAX_CACHED) this.forget();
    this.#numbers.set(key, number);
    this.#keys.set(number, key);
    return number;
  }
}
