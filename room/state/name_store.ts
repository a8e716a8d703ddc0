import type { OwnedName } from "../owned_name.ts";

/** A name that has got an owner, or has lost it, or whose owner's data has changed. */
export interface NameChange {
  /** The name, in any case. */
  readonly name: string;
  /** Its owner; undefined if it has none any more. */
  readonly owned: OwnedName | undefined;
}

/** The storage for name owners. */
export interface NameStore {
  /** Returns all owned names. */
  ownedNames(): Promise<OwnedName[]>;
  /**
   * Stores the owner of a name, replacing what was stored for the name. If the owner is the same,
   * the later visit is kept.
   *
   * @param check Called right before, once listeners know everything that other servers have
   * stored; it may throw to prevent it. A store that only this server uses does not call it.
   * @throws {ChatError} `unavailable`, if it fails; then nothing has changed.
   */
  saveOwnedName(name: OwnedName, check?: () => void): Promise<void>;
  /**
   * Deletes the owner of a name.
   *
   * @param check As for {@linkcode saveOwnedName}.
   * @throws {ChatError} `unavailable`, if it fails; then the owner is unchanged.
   */
  releaseName(name: string, check?: () => void): Promise<void>;
  /**
   * Calls `onChange` for each change from now on, by this server or others, in the same order on
   * all of them. Missing if only this server uses the store.
   */
  followNames?(onChange: (change: NameChange) => void): Disposable;
}
