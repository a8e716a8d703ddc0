/**
 * The frames of the protocol between a server and a node of NATS: lines of text, some of which
 * announce a content.
 *
 * @module
 */

/** A line, with its content if it has one. */
export interface Frame {
  /** The first word in capitals, such as `MSG`. */
  readonly verb: string;
  /** The further words. The first one of a message is its subject. */
  readonly words: readonly string[];
  /** All of it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The verbs of frames whose last word is the size of a content. */
const WITH_CONTENT = new Set(["PUB", "HPUB", "MSG", "HMSG"]);
/** The end of a line and of a content. */
const CRLF_BYTES = 2;
const LF = 0x0a;

/** Splits a stream into frames. */
export class FrameParser {
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();

  /** Adds bytes, and returns the frames that are complete with them. */
  *parse(chunk: Uint8Array): Generator<Frame, void> {
    let bytes = concat(this.#rest, chunk);
    for (let frame = firstFrame(bytes); frame; frame = firstFrame(bytes)) {
      bytes = bytes.subarray(frame.bytes.length);
      yield frame;
    }
    this.#rest = bytes;
  }
}

function firstFrame(bytes: Uint8Array<ArrayBuffer>): Frame | undefined {
  const lineEnd = bytes.indexOf(LF) + 1;
  if (lineEnd === 0) return undefined;
  const line = new TextDecoder().decode(bytes.subarray(0, lineEnd));
  const [first = "", ...words] = line.trim().split(/\s+/);
  const verb = first.toUpperCase();
  const contentBytes = WITH_CONTENT.has(verb) ? Number(words.at(-1)) + CRLF_BYTES : 0;
  const length = lineEnd + contentBytes;
  return bytes.length < length ? undefined : { verb, words, bytes: bytes.subarray(0, length) };
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The subject for the answer to a published frame; empty if it asks for none. */
export function replySubject({ verb, words }: Frame): string {
  const sizes = verb === "HPUB" ? 2 : 1;
  return words.length === 1 + sizes ? "" : words[1]!;
}
