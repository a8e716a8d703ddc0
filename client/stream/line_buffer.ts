import { ChatError } from "../../room/errors.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";
import { formatNumber } from "../../text/number.ts";

/** As many bytes as are kept: the largest note, and a newline that may have two. */
const MAX_KEPT = MAX_NOTE_BYTES + 2;

const LF = 10;
const CR = 13;

/** Collects the bytes of a text, and no more of them than any server takes. */
export class LineBuffer {
  #bytes = new Uint8Array(4_096);
  #kept = 0;
  /** True if more came than is kept. */
  #overflows = false;

  /** True if nothing came. */
  get empty(): boolean {
    return this.#kept === 0;
  }

  /** True if more came than a note may have; nothing more is kept. */
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
   * Gives the text back, without the newline at its end if there is one, and starts over.
   *
   * @param what What it is, for the error about UTF-8.
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
      throw new ChatError("too_large", `Note has more than ${bound} bytes: no server takes that`);
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

/** The number of the byte, from 1, with which `bytes` is UTF-8 no longer; the last one if it is cut off. */
function invalidByte(bytes: Uint8Array): number {
  let valid = 0; // So many bytes are the start of valid UTF-8,
  let broken = bytes.length; // and with so many there is none.
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
