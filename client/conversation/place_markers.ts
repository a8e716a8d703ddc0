import type { ReadMarker, ReadMarkerKey, ReadMarkers } from "../profile/read_markers.ts";
import type { Transcript } from "./transcript.ts";

/** The store of the last notes seen. */
export type ReadMarkerStore = Pick<ReadMarkers, "read" | "write">;

/** The options of {@linkcode PlaceMarkers}. */
export interface PlaceMarkersOptions {
  /** The servers of the chat. */
  readonly addresses: readonly string[];
  /** The store; without it nothing is remembered. */
  readonly seen?: ReadMarkerStore | undefined;
  /** Called with what failed. */
  readonly onFailure: (what: string, error: unknown) => void;
}

/** The last notes seen in the rooms of one chat. A failure is reported, and ends nothing. */
export class PlaceMarkers {
  readonly #options: PlaceMarkersOptions;
  /** The names that the person has had, folded. */
  readonly #names = new Set<string>();
  /** Settles when everything so far is stored. */
  #stored: Promise<void> = Promise.resolve();

  /** Uses a store. */
  constructor(options: PlaceMarkersOptions) {
    this.#options = options;
  }

  /** Looks up the last note that a person has seen in a room. */
  async load(room: string, name: string): Promise<ReadMarker | undefined> {
    try {
      const { seen, addresses } = this.#options;
      return await seen?.read({ addresses, room, name });
    } catch (error) {
      this.#options.onFailure("look up what you have seen", error);
      return undefined;
    }
  }

  /**
   * Stores the last note shown in a room, for each name that the person has had: they have seen it
   * whichever they come back with. Resolves once this and all before it are stored.
   */
  async save(
    { last, room, ownNames }: Pick<Transcript, "last" | "room" | "ownNames">,
  ): Promise<void> {
    for (const name of ownNames) this.#names.add(name);
    if (last && room !== undefined) {
      // It begins at once: a page that is closed does nothing later.
      const stored = Array.from(this.#names, (name) => this.#write({ room, name }, last));
      this.#stored = Promise.all([this.#stored, ...stored]).then(() => {});
    }
    await this.#stored;
  }

  async #write(place: Omit<ReadMarkerKey, "addresses">, last: ReadMarker): Promise<void> {
    try {
      const { seen, addresses } = this.#options;
      await seen?.write({ addresses, ...place }, last);
    } catch (error) {
      this.#options.onFailure("keep what you have seen", error);
    }
  }
}
