import { foldName } from "../../../room/note.ts";
import type { ReadMarker, ReadMarkerKey } from "../../profile/read_markers.ts";
import type { ReadMarkerStore } from "../../conversation/place_markers.ts";
import { type PageStorage, readList } from "./page_storage.ts";

/** The most rooms that are remembered. */
const MAX_ROOMS = 100;

const KEY = "seen";

/** Keeps the last note that was seen in each room in the storage of a page. */
export class SeenNotes implements ReadMarkerStore {
  readonly #storage: PageStorage;

  /** Uses a storage, which belongs to the origin of the page: one chat. */
  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  async read(place: ReadMarkerKey): Promise<ReadMarker | undefined> {
    return await Promise.resolve(this.#markers().get(placeKey(place)));
  }

  // Runs to its end at once, because a page that is closed does nothing later.
  async write(place: ReadMarkerKey, marker: ReadMarker): Promise<void> {
    const markers = this.#markers();
    const key = placeKey(place);
    markers.delete(key); // Otherwise it would keep its old place.
    const kept = [...markers, [key, marker]].slice(-MAX_ROOMS);
    await Promise.resolve(this.#storage.setItem(KEY, JSON.stringify(kept)));
  }

  #markers(): Map<string, ReadMarker> {
    return new Map(readList(this.#storage, KEY).filter(isEntry));
  }
}

function isEntry(value: unknown): value is [string, ReadMarker] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string";
}

function placeKey({ room, name }: ReadMarkerKey): string {
  return JSON.stringify([foldName(room), foldName(name)]);
}
