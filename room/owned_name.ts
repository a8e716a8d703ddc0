/** A name that belongs to a key. */
export interface OwnedName {
  /** The name, as it was written first. */
  readonly name: string;
  /** The fingerprint of the key. */
  readonly key: string;
  /** Since when, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** When its owner was last there under it, likewise. */
  readonly seen: number;
  /** Whether anything was ever said under it, or to it alone. */
  readonly spoken: boolean;
}

/** Whose a name is, while the server runs. */
export interface OwnedNameState {
  readonly name: string;
  readonly key: string;
  readonly time: number;
  seen: number;
  spoken: boolean;
  /** When `seen` was stored last. */
  seenStored: number;
  /** Settles when the store has it; undefined before it is to be stored. */
  stored: Promise<void> | undefined;
  /** Whether the store has it. */
  isKept: boolean;
  /** How many use the name now, or are about to. */
  uses: number;
}

/** What is kept of whose a name is. */
export function toOwned({ name, key, time, seen, spoken }: OwnedNameState): OwnedName {
  return { name, key, time, seen, spoken };
}
