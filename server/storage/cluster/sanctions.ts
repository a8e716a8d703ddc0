import {
  type Lifting,
  longerSanction,
  type Sanction,
  type SanctionChange,
} from "../../../room/sanctions.ts";
import { keyToken } from "./key_token.ts";
import type { SharedState, StateChange } from "./state.ts";

const PREFIX = "sanction.";

/** A sanction that was lifted, as it is stored. */
interface Lifted {
  readonly sanction: Sanction;
  /** Undefined if it has expired. */
  readonly lifting?: Lifting | undefined;
}

/** The bans and mutes that several servers share. */
export class SharedSanctions {
  readonly #state: SharedState;

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** Returns all stored sanctions. */
  all(): Sanction[] {
    return [...this.#state.values(PREFIX)] as Sanction[];
  }

  /** Stores a sanction. */
  async save(sanction: Sanction, check = () => {}): Promise<void> {
    await this.#state.change(toKey(sanction), () => {
      check();
      return { value: sanction };
    });
  }

  /** Stores a sanction, unless there is one for the same principal that lasts as long. */
  async merge(sanction: Sanction): Promise<void> {
    await this.#state.change(toKey(sanction), (current) => {
      const stored = current?.value as Sanction | undefined;
      const merged = longerSanction(sanction, stored);
      return merged === stored ? undefined : { value: merged };
    });
  }

  /** Deletes a sanction, one that has expired only if no other one has replaced it. */
  async lift(sanction: Sanction, lifting?: Lifting): Promise<void> {
    await this.#state.change(toKey(sanction), (current) => {
      const stored = current?.value as Sanction | undefined;
      if (!stored || !lifting && stored.until !== sanction.until) return undefined;
      return { deleted: { sanction: stored, lifting } };
    });
  }

  /** Calls `onChange` for each change from now on. */
  follow(onChange: (change: SanctionChange) => void): Disposable {
    return this.#state.listen(PREFIX, (change) => {
      const sanctioned = toSanctionChange(change);
      if (sanctioned) onChange(sanctioned);
    });
  }
}

/** Returns what has changed; undefined if that is not known, since it was deleted long ago. */
function toSanctionChange({ value, deleted, before }: StateChange): SanctionChange | undefined {
  if (value !== undefined) return { sanction: value as Sanction };
  const lifted = deleted as Lifted | undefined;
  const sanction = lifted?.sanction ?? before?.value as Sanction | undefined;
  return sanction && { sanction, lifted: lifted?.lifting ?? "expired" };
}

function toKey({ kind, principal }: Sanction): string {
  return `${PREFIX}${kind}.${keyToken(principal)}`;
}
