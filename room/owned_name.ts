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
