import { type IndexedName, NameIndex } from "../confusable.ts";
import type { ChatError } from "../errors.ts";
import type { NameUse, NameUser } from "./name_use.ts";

/** The names that people without a key use. Several people may use the same one. */
export class GuestNames {
  readonly #users = new NameIndex<Set<NameUser>>();

  /** Returns the names in use that could be confused with this one. */
  confusables(name: string): ReadonlySet<IndexedName<unknown>> {
    return this.#users.confusables(name);
  }

  /** Uses a name until that is disposed. */
  use(name: string): NameUse {
    const { holder } = this.#users.get(name) ?? this.#users.add(name, new Set());
    const use = new GuestNameUse(() => {
      if (holder.delete(use) && holder.size === 0) this.#users.delete(name);
    });
    holder.add(use);
    return use;
  }

  /** Ends the uses of the names that could be confused with this one, each for its reason. */
  end(name: string, reason: (used: string) => ChatError): void {
    for (const { name: used, holder } of this.#users.confusables(name)) {
      for (const { end } of [...holder]) end?.(reason(used));
    }
  }
}

/** A name that a person without a key uses: there is nothing to store. */
class GuestNameUse implements NameUse, NameUser {
  readonly isKept = true;
  end?: (reason: ChatError) => void;
  readonly #leave: () => void;

  constructor(leave: () => void) {
    this.#leave = leave;
  }

  keep(): Promise<void> {
    return Promise.resolve();
  }

  markSpoken(): undefined {}

  onLost(end: (reason: ChatError) => void): void {
    this.end = end;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}
