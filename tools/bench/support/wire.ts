import { Buffer } from "node:buffer";

/** The length of every text: digits that number the notes of a run, and dots. */
const TEXT_BYTES = 64;
const DIGITS = 12;
const ID_PREFIX = "bench-";

const [ZERO, NINE, DOT] = [48, 57, 46];

/** The text of the note with this number. */
export function noteText(number: number): string {
  return `${number}`.padStart(DIGITS, "0").padEnd(TEXT_BYTES, ".");
}

/** Encodes posts from one template: the author must cost next to nothing. */
export class PostEncoder {
  readonly #template = Buffer.from([
    ...[0x12, 2 + ID_PREFIX.length + DIGITS + 2 + TEXT_BYTES], // ClientFrame.posts
    ...[0x0a, ID_PREFIX.length + DIGITS, ...Buffer.from(ID_PREFIX + "0".repeat(DIGITS))], // id
    ...[0x12, TEXT_BYTES, ...Buffer.from(noteText(0))], // message
  ]);

  /** A `ClientFrame` with `count` posts, the first of which has the number `number`. */
  frame(number: number, count: number): Buffer {
    const { length } = this.#template;
    const frame = Buffer.allocUnsafe(count * length);
    for (let i = 0; i < count; i++) {
      this.#template.copy(frame, i * length);
      putNumber(frame, i * length + 4 + ID_PREFIX.length + DIGITS, number + i);
      putNumber(frame, i * length + 6 + ID_PREFIX.length + 2 * DIGITS, number + i);
    }
    return frame;
  }
}

/** Writes a number that ends before `end`, over zeros. */
function putNumber(bytes: Uint8Array, end: number, number: number): void {
  for (let rest = number; rest > 0; rest = Math.floor(rest / 10)) bytes[--end] = ZERO + rest % 10;
}

/** Reads protobuf by hand, from `at` up to `end`. */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  /** Starts reading a part of `bytes`, or all of it. */
  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Reads a number of up to 53 bits. */
  varint(): number {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("A frame is cut short");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  /** Skips the value of a field. */
  skip(tag: number): void {
    if ((tag & 7) === 0) this.varint();
    else if ((tag & 7) === 2) {
      const length = this.varint(); // Moves `at`, so it must come first.
      this.at += length;
    } else throw new Error(`A frame has a field of wire type ${tag & 7}`);
  }

  /** Reads the digits from `at` to `end` of the bytes. */
  digits(at: number, end: number): number {
    let number = 0;
    for (let i = at; i < end; i++) {
      const byte = this.bytes[i]!;
      if (byte < ZERO || byte > NINE) throw new Error("A text or an id is not as it was posted");
      number = number * 10 + byte - ZERO;
    }
    return number;
  }

  /**
   * Reads a `Note` that ends at `end` and is due at position `due`; the original contract has no
   * positions. Returns the number of its text, all of which must be as it was posted.
   */
  note(end: number, due: number): number {
    let text: number | undefined;
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x12) { // message
        const length = this.varint();
        if (length !== TEXT_BYTES) throw new Error(`A text has ${length} bytes`);
        text = this.digits(this.at, this.at + DIGITS);
        for (let i = this.at + DIGITS; i < this.at + length; i++) {
          if (this.bytes[i] !== DOT) throw new Error(`The text of note ${text} has been changed`);
        }
        this.at += length;
      } else if (tag === 0x18) { // seq
        const seq = this.varint();
        if (seq !== due) throw new Error(`Got position ${seq} where ${due} is due`);
      } else {
        this.skip(tag);
      }
    }
    if (this.at !== end) throw new Error("A note is cut short");
    if (text === undefined) throw new Error(`The note at ${due} has no text`);
    return text;
  }

  /** Reads an `Ack` that ends at `end`, of the post `number`. Returns the position of its note. */
  ack(end: number, number: number): number {
    let seq: number | undefined;
    while (this.at < end) {
      const tag = this.varint();
      if (tag === 0x0a) { // id
        const length = this.varint();
        this.at += length;
        const id = this.digits(this.at - DIGITS, this.at);
        if (id !== number) throw new Error(`Got an answer to post ${id} where ${number} is due`);
      } else if (tag === 0x10) { // seq
        seq = this.varint();
      } else {
        this.skip(tag);
      }
    }
    if (seq === undefined) throw new Error(`The answer to post ${number} has no position`);
    return seq;
  }
}
