import type { ArchiveRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";
import { formatCount } from "../../text/number.ts";
import { parseRecord } from "./parse_record.ts";

/** The longest line: the largest note with every character written as `\uXXXX`, and its fields. */
const MAX_LINE_BYTES = MAX_NOTE_BYTES * 6 + 10_000;

const LF = 10;

/** A record with its line. */
export interface ArchiveLine {
  /** The line number, from 1. */
  readonly line: number;
  readonly record: ArchiveRecord;
}

/**
 * Reads an archive line by line, with one line in memory. A line ends with `\n` or at the end of
 * the input. Empty lines are skipped.
 *
 * @throws {ChatError} `invalid` or `too_large`, naming the line, if one is not a record.
 */
export async function* readArchive(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchiveLine, void> {
  let number = 1;
  let parts: Uint8Array[] = []; // The parts of an incomplete line.
  let length = 0;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      yield* parseLine([...parts, chunk.subarray(start, end)], number++);
      parts = [];
      length = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAX_LINE_BYTES) break;
  }
  yield* parseLine(parts, number);
}

function* parseLine(parts: readonly Uint8Array[], line: number): Generator<ArchiveLine, void> {
  const text = withLineNumber(line, () => decodeUtf8(parts));
  if (text.trim() !== "") yield { line, record: withLineNumber(line, () => parseRecord(text)) };
}

function decodeUtf8(parts: readonly Uint8Array[]): string {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_LINE_BYTES) {
    throw new ChatError("too_large", `it has more than ${formatCount(MAX_LINE_BYTES, "byte")}`);
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  } catch (cause) {
    throw new ChatError("invalid", "it is not UTF-8", { cause });
  }
}

/** Runs `body`, and adds the line number to its error. */
export function withLineNumber<T>(line: number, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw new ChatError(cause.code, `Line ${line}: ${cause.message}`, { cause });
  }
}
