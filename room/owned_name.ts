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

/**
 * Returns what to store of a name whose owner is stored already: the spelling and the time of the
 * claim stay; the later visit and whether it was spoken under are kept.
 */
export function mergeVisits(name: OwnedName, stored: OwnedName): OwnedName {
  const seen = Math.max(stored.seen, name.seen);
  return { ...stored, seen, spoken: stored.spoken || name.spoken };
}
