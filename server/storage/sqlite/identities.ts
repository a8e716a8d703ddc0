import type { DatabaseSync, StatementSync } from "node:sqlite";
import { guestIdentity, guestNumber, isKey } from "../../../room/identity.ts";
import { asArrays } from "./values.ts";

/** How many keys are kept at hand. */
const MAX_CACHED = 10_000;

/**
 * Stores identities as numbers, so that a note costs a few bytes for its author: a key has a
 * positive one, which its row says, and a guest its own, negative.
 */
export class Identities {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #fingerprint: StatementSync;
  readonly #numbers = new Map<string, number>();
  readonly #keys = new Map<number, string>();

  /** Keeps them in `db`. */
  constructor(db: DatabaseSync) {
    this.#find = asArrays(db.prepare("SELECT id FROM keys WHERE fingerprint = ?"));
    this.#add = asArrays(db.prepare("INSERT INTO keys (fingerprint) VALUES (?) RETURNING id"));
    this.#fingerprint = asArrays(db.prepare("SELECT fingerprint FROM keys WHERE id = ?"));
  }

  /** The number of an identity; 0, which none has, if it is a key that is not stored. */
  find(identity: string | undefined): number {
    if (identity === undefined) return 0;
    if (!isKey(identity)) return -guestNumber(identity);
    return this.#numbers.get(identity) ?? this.#known(identity, this.#find.get(identity)) ?? 0;
  }

  /** The number of an identity, which is stored if it is a new key. Runs in a transaction. */
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

  /** Forgets what is at hand: a transaction that stored some of it was rolled back. */
  forget(): void {
    this.#numbers.clear();
    this.#keys.clear();
  }

  #known(key: string, row: unknown): number | undefined {
    const [number] = (row ?? []) as number[]; // Types know rows as objects only: see arrays().
    if (number === undefined) return undefined;
    if (this.#keys.size >= MAX_CACHED) this.forget();
    this.#numbers.set(key, number);
    this.#keys.set(number, key);
    return number;
  }
}
