import { ChatError } from "../../room/errors.ts";
import { LineBuffer } from "./line_buffer.ts";

/** A line of a text, or why it cannot be said. */
export type InputLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly refusal: ChatError };

const LF = 10;

/**
 * Reads lines, which end with `\n`, `\r\n` or the end of the bytes, in memory for one line.
 * One that is larger than any server takes is a refusal in its place.
 *
 * @throws {TypeError} naming the line, if it is not UTF-8: what follows is as likely no text.
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
 * Reads everything as one text, newlines included, but for the one at its end. If no server takes
 * that much it is a refusal, and not read on; if there is nothing, neither.
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
