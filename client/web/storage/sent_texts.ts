import { History } from "../../editor/history.ts";
import { foldName } from "../../../room/note.ts";
import { type PageStorage, readList } from "./page_storage.ts";

/** The most texts, and UTF-16 units, that are kept of all rooms together. */
const MAX_KEPT = { texts: 1_000, chars: 200_000 };

/** The longest text that is kept, in UTF-16 units. */
const MAX_TEXT_CHARS = 10_000;

const KEY = "sent";

/** How the texts of a room are kept. */
interface KeepOptions {
  /** Returns whether a text may be kept. */
  readonly isKept: (text: string) => boolean;
  /** Called when one cannot be kept. */
  readonly onFailure: (error: unknown) => void;
}

/** A folded room and a text that was sent there. */
type Sent = readonly [room: string, text: string];

/**
 * Keeps the texts that a person sends in the storage of a page: of each room, for the next visit.
 * Pages of the same origin share them.
 */
export class SentTexts {
  readonly #storage: PageStorage;

  /** Uses a storage, which belongs to the origin of the page: one chat. */
  constructor(storage: PageStorage) {
    this.#storage = storage;
  }

  /** Makes the history of a room, which starts with what was sent there and keeps what will be. */
  historyOf(room: string, { isKept, onFailure }: KeepOptions): History {
    return new History(this.of(room), (text) => {
      if (!isKept(text)) return;
      try {
        this.add(room, text);
      } catch (error) {
        onFailure(error);
      }
    });
  }

  /** Returns the texts that were sent in a room, the oldest first. */
  of(room: string): string[] {
    const folded = foldName(room);
    return this.#read().filter(([room]) => room === folded).map(([, text]) => text);
  }

  /**
   * Adds a text, unless it is the newest one of its room. Those of more than 10,000 characters are
   * left out.
   *
   * @throws {Error} if the storage is full.
   */
  add(room: string, text: string): void {
    if (text.length > MAX_TEXT_CHARS) return;
    const folded = foldName(room);
    const sent = this.#read();
    if (sent.findLast(([room]) => room === folded)?.[1] === text) return;
    this.#storage.setItem(KEY, JSON.stringify(newest([...sent, [folded, text]])));
  }

  #read(): Sent[] {
    return readList(this.#storage, KEY).filter(isSent);
  }
}

/** Returns the newest texts that may be kept. */
function newest(sent: readonly Sent[]): readonly Sent[] {
  let from = sent.length;
  for (let chars = 0; from > 0 && sent.length - from < MAX_KEPT.texts; from--) {
    const [room, text] = sent[from - 1]!;
    chars += room.length + text.length;
    if (chars > MAX_KEPT.chars) break;
  }
  return sent.slice(from);
}

function isSent(value: unknown): value is Sent {
  return Array.isArray(value) && value.length === 2 &&
    value.every((part) => typeof part === "string");
}
