import { foldName } from "../../room/note.ts";
import type { ShownNote } from "../chat.ts";

/**
 * Recognizes the notes of a client by their names. A name that was proven with a key belongs to that
 * key in all rooms, so the notes of an earlier run are recognized as well. Without a key, so are
 * those of everybody who had the name without one.
 */
export class OwnNotes {
  readonly #hasKey: boolean;
  /** The folded names under which the client has spoken. */
  readonly #names = new Set<string>();

  /** Makes one for a client with or without a key, which has no name yet. */
  constructor(hasKey: boolean) {
    this.#hasKey = hasKey;
  }

  /** Adds a name of the client. An empty one is none. */
  add(name: string): void {
    if (name !== "") this.#names.add(foldName(name));
  }

  /** Whether the client has said a note. */
  has({ name, verified = this.#hasKey }: Pick<ShownNote, "name" | "verified">): boolean {
    return verified === this.#hasKey && this.#names.has(foldName(name));
  }
}
