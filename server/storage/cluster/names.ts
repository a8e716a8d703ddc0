import { foldName } from "../../../room/note.ts";
import { mergeVisits, type OwnedName } from "../../../room/owned_name.ts";
import type { NameChange } from "../../../room/state/name_store.ts";
import { keyToken } from "./key_token.ts";
import type { SharedState, StateChange } from "./state.ts";

const PREFIX = "name.";

/** The owned names that several servers share. */
export class SharedNames {
  readonly #state: SharedState;

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** Returns all owned names. */
  all(): OwnedName[] {
    return [...this.#state.values(PREFIX)] as OwnedName[];
  }

  /** Stores the owner of a name. */
  async save(name: OwnedName, check = () => {}): Promise<void> {
    await this.#state.change(toKey(name.name), (current) => {
      check();
      return latest(name, current?.value as OwnedName | undefined);
    });
  }

  /** Deletes the owner of a name, which is folded. */
  async release(name: string, check = () => {}): Promise<void> {
    await this.#state.change(toKey(name), (current) => {
      check();
      return current && { deleted: { name } };
    });
  }

  /** Calls `onChange` for each change from now on. */
  follow(onChange: (change: NameChange) => void): Disposable {
    return this.#state.listen(PREFIX, (change) => {
      const name = nameOf(change);
      if (name !== undefined) onChange({ name, owned: change.value as OwnedName | undefined });
    });
  }
}

/** What to store for a name; undefined if the same, or something later, is stored already. */
function latest(name: OwnedName, stored: OwnedName | undefined): { value: OwnedName } | undefined {
  if (stored?.key !== name.key) return { value: name };
  const merged = mergeVisits(name, stored);
  if (merged.seen === stored.seen && merged.spoken === stored.spoken) return undefined;
  return { value: merged };
}

/** The name that has changed; undefined if it is not known, since it was deleted long ago. */
function nameOf({ value, deleted, before }: StateChange): string | undefined {
  const named = (value ?? deleted ?? before?.value) as Partial<OwnedName> | undefined;
  return named?.name;
}

function toKey(name: string): string {
  return PREFIX + keyToken(foldName(name));
}
