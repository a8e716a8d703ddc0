import { ChatError } from "../../room/errors.ts";
import { formatNumber } from "../../text/number.ts";

/** The highest position: above it, numbers stay exact for any further note. */
const MAX_SEQ = 2 ** 50;

/** The fields of an object that may be anything. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #read = new Set<string>();

  constructor(value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw invalidRecord("it is not a JSON object");
    }
    this.#values = new Map(Object.entries(value));
  }

  /** Refuses a field that nothing has read: it would be lost silently. */
  checkAllRead(): void {
    for (const name of this.#values.keys()) {
      if (!this.#read.has(name)) throw invalidRecord(`unknown field "${name}"`);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  any(name: string): unknown {
    return this.#get(name);
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== "string") throw invalidRecord(`${name} must be a string`);
    // Half a character has no UTF-8 encoding, so it would be stored as another one.
    if (!value.isWellFormed()) {
      throw invalidRecord(`${name} contains half a character (a lone surrogate)`);
    }
    return value;
  }

  /** A position, or the one before or after it. */
  seq(name: string, min: number): number {
    const value = this.#get(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min) {
      throw invalidRecord(`${name} must be an integer of at least ${min}`);
    }
    if (value > MAX_SEQ) {
      throw invalidRecord(
        `${name} is ${formatNumber(value)}: must be at most ${formatNumber(MAX_SEQ)}`,
      );
    }
    return value;
  }

  toggle(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== "boolean") throw invalidRecord(`${name} must be true or false`);
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw invalidRecord(`${name} must be an array`);
    return value;
  }

  /** A time in milliseconds since the Unix epoch, from `Date`'s ISO format. */
  time(name: string): number {
    const text = this.text(name);
    const ms = Date.parse(text);
    if (ms >= 0 && new Date(ms).toISOString() === text) return ms; // An invalid date is NaN.
    throw invalidRecord(`${name} "${text}" must be a time like 2026-11-22T17:02:03.000Z`);
  }

  #get(name: string): unknown {
    if (!this.#values.has(name)) throw invalidRecord(`field "${name}" is missing`);
    this.#read.add(name);
    return this.#values.get(name);
  }
}

/** Returns the error for a record that breaks a rule. */
export function invalidRecord(message: string, options?: ErrorOptions): ChatError {
  return new ChatError("invalid", message, options);
}
