import type { Buffer } from "node:buffer";
import protobuf from "protobufjs";
import { LIMITS } from "../room/limits.ts";
import { formatCount } from "../text/number.ts";

/** The count of numbers that are read for a field: its tag, and its length or value. */
const READS = 2;
const MAX_READS = LIMITS.fields * READS;

/**
 * Reads messages of peers more strictly than protobufjs, which replaces invalid UTF-8 and accepts
 * truncated text; proto3 allows neither. It also bounds the number of fields, because a field of
 * two bytes can become an object of a hundred.
 */
export class StrictReader extends protobuf.BufferReader {
  static readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #reads = 0;

  /** The number of fields read so far. A skipped field may count as half. */
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
    // Only if the fast decoder has replaced something, the bytes need a strict check.
    return text.includes("\ufffd")
      ? StrictReader.#decoder.decode(bytes.subarray(start, end))
      : text;
  }

  /** Refuses integers that a number cannot represent exactly; valid ones are far below. */
  override uint64(): ReturnType<protobuf.BufferReader["uint64"]> {
    const value = super.uint64();
    if (Number(value) <= Number.MAX_SAFE_INTEGER) return value;
    throw new RangeError(`number ${value}: must be at most ${Number.MAX_SAFE_INTEGER}`);
  }
}
