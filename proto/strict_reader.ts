import type { Buffer } from "node:buffer";
import protobuf from "protobufjs";
import { LIMITS } from "../room/limits.ts";
import { formatCount } from "../text/number.ts";

/** How many numbers a field is read by: what it is, and how long, or its value. */
const READS = 2;
const MAX_READS = LIMITS.fields * READS;

/**
 * Reads what peers send. Text is as proto3 defines it: protobufjs itself replaces what is not
 * UTF-8, and takes what is left of a text that was cut short. And there is no more than it may
 * have: a field of two bytes can become an object of a hundred.
 */
export class StrictReader extends protobuf.BufferReader {
  static readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #reads = 0;

  /** How many fields have been read; those that are skipped may count half. */
  get fields(): number {
    return this.#reads / READS;
  }

  override uint32(): number {
    if (++this.#reads > MAX_READS) {
      throw new RangeError(`more than ${formatCount(LIMITS.fields, "field")}`);
    }
    return super.uint32();
  }

  override string(): string {
    const length = this.uint32();
    const start = this.pos;
    const end = start + length;
    if (end > this.len) throw new RangeError(`text cut short by ${end - this.len} bytes`);
    this.pos = end;
    const bytes = this.buf as Buffer;
    const text = bytes.toString("utf8", start, end);
    // Only where the fast way has replaced something is there something to look at.
    return text.includes("\ufffd")
      ? StrictReader.#decoder.decode(bytes.subarray(start, end))
      : text;
  }

  /** Refuses what a number cannot hold exactly: positions, times and spans are far below. */
  override uint64(): ReturnType<protobuf.BufferReader["uint64"]> {
    const value = super.uint64();
    if (Number(value) <= Number.MAX_SAFE_INTEGER) return value;
    throw new RangeError(`number ${value}: must be at most ${Number.MAX_SAFE_INTEGER}`);
  }
}
