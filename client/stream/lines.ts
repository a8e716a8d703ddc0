import { ChatError } from "../../room/errors.ts";
import { LineBuffer } from "./line_buffer.ts";

/** A line of the input, or the reason why it cannot be sent. */
export type InputLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly refusal: ChatError };

const LF = 10;

/**
 * Reads lines, which end with `\n`, `\r\n` or the end of the bytes. Only one line is in memory. A
 * line that is larger than any server accepts becomes a refusal.
 *
 * @throws {TypeError} with the number of the line, if it is not UTF-8: the rest is not text either.
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputLine, void> {
  const line = new LineBuffer();
  let number = 0;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      line.add(chunk.subarray(start, end + 1));
      yield toInputLine(line, ++number);
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (!line.empty) yield toInputLine(line, ++number);
}

/**
 * Reads everything as one text, without a trailing newline. A text that is larger than any server
 * accepts becomes a refusal and is not read to the end. Empty input yields nothing.
 *
 * @throws {TypeError} if it is not UTF-8.
 */
export async function* readWhole(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<InputLine, void> {
  const whole = new LineBuffer();
  for await (const chunk of bytes) {
    whole.add(chunk);
    if (whole.overflows) break;
  }
  if (!whole.empty) yield toInputLine(whole, 1, "The input");
}

function toInputLine(text: LineBuffer, number: number, what = `Line ${number}`): InputLine {
  try {
    return { number, text: text.drain(what) };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return { number, refusal: error };
  }
}
