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
    const user: NameUser = {};
    holder.add(user);
    const stack = new DisposableStack();
    stack.defer(() => {
      holder.delete(user);
      if (holder.size === 0) this.#users.delete(name);
    });
    return {
      isKept: true,
      keep: () => Promise.resolve(),
      markSpoken: () => undefined,
      onLost: (end) => void (user.end = end),
      [Symbol.dispose]: () => stack.dispose(),
    };
  }

  /** Ends the uses of the names that could be confused with this one, each for its reason. */
  end(name: string, reason: (used: string) => ChatError): void {
    for (const { name: used, holder } of this.#users.confusables(name)) {
      for (const { end } of [...holder]) end?.(reason(used));
    }
  }
}
