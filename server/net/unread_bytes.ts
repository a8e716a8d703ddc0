/** Called with the change in unread bytes; negative when bytes were read. */
export type OnUnread = (bytes: number) => void;

/**
 * Counts the bytes that arrived on a connection's streams but were not read: partial messages, and
 * messages not requested yet. Each stream may fill its flow-control window, so many streams
 * together may use a lot of memory.
 */
export class UnreadBytes {
  readonly #onChange: OnUnread;
  /** The unread bytes of each open stream. */
  readonly #streams = new Map<number, number>();
  /** The newest stream. Stream numbers only grow. */
  #newest = 0;
  #bytes = 0;

  constructor(onChange: OnUnread) {
    this.#onChange = onChange;
  }

  /** The total of unread bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records a stream's headers. Trailers, for a stream that is known, change nothing. */
  open(stream: number): void {
    if (stream <= this.#newest) return;
    this.#newest = stream;
    this.#streams.set(stream, 0);
  }

  /** Whether the stream has begun and has not been closed. */
  isOpen(stream: number): boolean {
    return this.#streams.has(stream);
  }

  /** Adds bytes that arrived on a stream; negative for bytes that were read. */
  add(stream: number, bytes: number): void {
    const before = this.#streams.get(stream);
    if (before === undefined) return; // The stream is gone, and its bytes with it.
    const now = Math.max(0, before + bytes);
    this.#streams.set(stream, now);
    this.#change(now - before);
  }

  /** Drops a stream with its bytes. */
  close(stream: number): void {
    this.#change(-(this.#streams.get(stream) ?? 0));
    this.#streams.delete(stream);
  }

  /** Drops all streams, when the connection is gone. */
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
