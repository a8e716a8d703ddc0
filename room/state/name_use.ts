import type { ChatError } from "../errors.ts";

/** The person who wants to use a name. */
export interface NameUseOptions {
  /** The fingerprint of their key; undefined without one. */
  readonly key: string | undefined;
  /** Called before the key becomes the owner of a name. It may throw to prevent that. */
  readonly claim: () => void;
}

/**
 * A name in use. If its owner was never stored, the name has no owner again when this is disposed.
 */
export interface NameUse extends Disposable {
  /** Whether there is nothing to store: the name has no owner, or the owner is stored already. */
  readonly isKept: boolean;
  /**
   * Stores the owner of the name.
   *
   * @throws {ChatError} `unavailable`, if it fails; `taken` or `full`, if it came too late: another
   * server has stored another owner, or too many names.
   */
  keep(): Promise<void>;
  /**
   * Called before a note is posted under the name, so that the name is not released any more. If
   * other servers share it, and that is being stored, returns when it is.
   *
   * @throws {ChatError} `unavailable`, if it cannot be stored.
   */
  markSpoken(): Promise<void> | undefined;
  /** Sets the function that is called if the name now belongs to a key that uses another server. */
  onLost(end: (reason: ChatError) => void): void;
}

/** A session that uses a name. */
export interface NameUser {
  /** Called when it may not use the name any more. */
  end?: (reason: ChatError) => void;
}
