/** A name that belongs to a key. */
export interface OwnedName {
  /** The name, as first written. */
  readonly name: string;
  /** The fingerprint of the key. */
  readonly key: string;
  /** The time when it was claimed, in milliseconds since the Unix epoch. */
  readonly time: number;
  /** The time when its owner last used it, in milliseconds since the Unix epoch. */
  readonly seen: number;
  /** Whether a note was ever posted under it, or a private note sent to it. */
  readonly spoken: boolean;
}

/** An owned name while the server runs. */
export interface OwnedNameState {
  readonly name: string;
  readonly key: string;
  readonly time: number;
  seen: number;
  spoken: boolean;
  /** The value of `seen` that was last stored. */
  seenStored: number;
  /** Settles when it is stored; undefined before storing starts. */
  stored: Promise<void> | undefined;
  isKept: boolean;
  /** The number of sessions that use the name, or are about to. */
  uses: number;
}

/** Returns the stored part of an owned name. */
export function toOwned({ name, key, time, seen, spoken }: OwnedNameState): OwnedName {
  return { name, key, time, seen, spoken };
}
