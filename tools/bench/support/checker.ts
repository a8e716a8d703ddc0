import type { Buffer } from "node:buffer";
import { WireReader } from "./wire.ts";

/** The number of frames that are remembered: a history of 100,000 notes, and more. */
const MAX_KNOWN = 512;

/** Fields of `ServerFrame` by their tags on the wire. */
const FIELD = { welcome: 0x0a, notes: 0x1a, acks: 0x22, changes: 0x32, roster: 0x3a } as const;

/**
 * Frames of notes that were checked byte by byte, by the position where they start. If another
 * reader receives the same bytes at the same place, its notes are right too, and comparing bytes
 * costs next to nothing.
 */
export class KnownFrames {
  readonly #frames = new Map<number, { bytes: Buffer; next: number }>();

  /** Returns the end of this frame's notes if another reader has had it checked. */
  find(start: number, bytes: Buffer): number | undefined {
    const known = this.#frames.get(start);
    return known && known.bytes.equals(bytes) ? known.next : undefined;
  }

  /** Remembers a frame that has been checked. */
  add(start: number, bytes: Buffer, next: number): void {
    this.#frames.set(start, { bytes, next });
    if (this.#frames.size <= MAX_KNOWN) return;
    for (const oldest of this.#frames.keys()) {
      this.#frames.delete(oldest);
      break;
    }
  }
}

/** Checks that the notes of a room have the right numbers at the right positions. */
export interface Order {
  /** Checks that the note at position `seq` may be the one with this number. */
  note(seq: number, number: number): void;
  /** Checks that the post with this number may have been acknowledged at position `seq`. */
  ack(seq: number, number: number): void;
}

/** The order of a room with one author, who numbers the notes from 1 on: by their positions. */
const ONE_AUTHOR: Order = {
  note(seq, number) {
    if (number !== seq) throw new Error(`Got text ${number} where ${seq} is due`);
  },
  ack(seq, number) {
    if (number !== seq) throw new Error(`Post ${number} was acknowledged as ${seq}`);
  },
};

/** Checks that a reader gets every note exactly once, in order, with its original text. */
export class Checker {
  /** The position of the next expected note. */
  next = 1;
  /** The number of the post that is to be acknowledged next. */
  nextAck: number;
  /** True once the session was welcomed. */
  welcomed = false;
  readonly #known: KnownFrames;
  readonly #order: Order;

  /**
   * Creates a checker that expects notes from the oldest one on.
   *
   * @param order The order of the notes. Default: that of one author.
   * @param firstPost The number of the first own post.
   */
  constructor(known: KnownFrames, order: Order = ONE_AUTHOR, firstPost = 1) {
    this.#known = known;
    this.#order = order;
    this.nextAck = firstPost;
  }

  /**
   * Checks a `ServerFrame`.
   *
   * @throws {Error} if it contains anything unexpected.
   */
  frame(bytes: Buffer): void {
    const start = this.next;
    const known = this.#known.find(start, bytes);
    if (known !== undefined) {
      this.next = known;
      return;
    }
    const reader = new WireReader(bytes);
    let onlyNotes = true;
    while (reader.at < reader.end) {
      const tag = reader.varint();
      if (tag === FIELD.notes) {
        const length = reader.varint();
        this.#order.note(this.next, reader.note(reader.at + length, this.next));
        this.next++;
        continue;
      }
      onlyNotes = false;
      if (tag === FIELD.acks) {
        const length = reader.varint();
        this.#order.ack(reader.ack(reader.at + length, this.nextAck), this.nextAck);
        this.nextAck++;
      } else if (tag === FIELD.welcome || tag === FIELD.changes || tag === FIELD.roster) {
        this.welcomed ||= tag === FIELD.welcome;
        reader.skip(tag);
      } else {
        const words = JSON.stringify(bytes.toString());
        throw new Error(`A session got notes lost, posts refused, or its end: ${words}`);
      }
    }
    if (onlyNotes && this.next > start) this.#known.add(start, bytes, this.next);
  }

  /** Checks a `Note` of the original contract. */
  note(bytes: Buffer): void {
    this.#order.note(this.next, new WireReader(bytes).note(bytes.length, this.next));
    this.next++;
  }
}
