/** Hears how many more bytes there are that nobody has read; fewer, if it is less than 0. */
export type OnUnread = (bytes: number) => void;

/**
 * Counts what has come by the streams of a connection and has not been read: parts of messages,
 * and messages that nobody has asked for yet. Each stream may have as much as its window lets it,
 * so that many streams together may have a lot.
 */
export class UnreadBytes {
  readonly #onChange: OnUnread;
  /** How much each open stream has. */
  readonly #streams = new Map<number, number>();
  /** The newest stream: none is opened twice. */
  #newest = 0;
  #bytes = 0;

  /** Starts with nothing. */
  constructor(onChange: OnUnread) {
    this.#onChange = onChange;
  }

  /** How many bytes these are. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The header fields of a stream have come; those at its end open nothing. */
  open(stream: number): void {
    if (stream <= this.#newest) return;
    this.#newest = stream;
    this.#streams.set(stream, 0);
  }

  /** So many bytes have come by a stream; or, if fewer than 0, have been read from it. */
  add(stream: number, bytes: number): void {
    const before = this.#streams.get(stream);
    if (before === undefined) return; // It is gone, and so is what comes by it.
    const now = Math.max(0, before + bytes);
    this.#streams.set(stream, now);
    this.#change(now - before);
  }

  /** A stream is gone, with all that has come by it. */
  close(stream: number): void {
    this.#change(-(this.#streams.get(stream) ?? 0));
    this.#streams.delete(stream);
  }

  /** The connection is gone, with all its streams. */
  clear(): void {
    this.#streams.clear();
    this.#change(-this.#bytes);
  }

  #change(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.#onChange(bytes);
  }
}
