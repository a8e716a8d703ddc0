import { ChatError } from "../../room/errors.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";

/** The number of bytes that are kept: the largest note, and a newline of up to two bytes. */
const MAX_KEPT = MAX_NOTE_BYTES + 2;

const LF = 10;
const CR = 13;

/** Collects the bytes of a text, up to the most that any server accepts. */
export class LineBuffer {
  #bytes = new Uint8Array(4_096);
  #kept = 0;
  /** True if more bytes were added than are kept. */
  #overflows = false;

  /** True if nothing was added. */
  get empty(): boolean {
    return this.#kept === 0;
  }

  /** True if more was added than a note may have. No further bytes are kept then. */
  get overflows(): boolean {
    return this.#overflows;
  }

  /** Adds bytes, which are copied. */
  add(bytes: Uint8Array): void {
    const fitting = bytes.subarray(0, MAX_KEPT - this.#kept);
    if (fitting.length < bytes.length) this.#overflows = true;
    const length = this.#kept + fitting.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#kept));
      this.#bytes = larger;
    }
    this.#bytes.set(fitting, this.#kept);
    this.#kept = length;
  }

  /**
   * Returns the text without a trailing newline, and starts over.
   *
   * @param what The name of the text, for the error about UTF-8.
   * @throws {ChatError} `too_large`.
   * @throws {TypeError} if it is not UTF-8.
   */
  drain(what: string): string {
    const bytes = withoutNewline(this.#bytes.subarray(0, this.#kept));
    const tooLarge = this.#overflows || bytes.length > MAX_NOTE_BYTES;
    this.#kept = 0;
    this.#overflows = false;
    if (tooLarge) {
      const bound = formatNumber(MAX_NOTE_BYTES);
      throw new ChatError("too_large", `Note has more than ${bound} bytes: no server accepts that`);
    }
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      const place = `byte ${formatNumber(invalidByte(bytes))}`;
      throw new TypeError(`${what} is not UTF-8 (${place}): nothing from there on was sent`, {
        cause: error,
      });
    }
  }
}

function withoutNewline(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== LF) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CR ? -2 : -1);
}

/**
 * Returns the number, from 1, of the first byte that is not UTF-8; the last one if a character is
 * cut off.
 */
function invalidByte(bytes: Uint8Array): number {
  let valid = 0; // A prefix of this length is valid,
  let broken = bytes.length; // and one of this length is not.
  while (broken - valid > 1) {
    const middle = (valid + broken) >> 1;
    if (startsUtf8(bytes.subarray(0, middle))) valid = middle;
    else broken = middle;
  }
  return broken;
}

function startsUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
