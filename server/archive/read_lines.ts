import type { ArchiveRecord } from "../../room/archive_record.ts";
import { ChatError } from "../../room/errors.ts";
import { MAX_NOTE_BYTES } from "../../room/note.ts";
import { formatCount } from "../../text/number.ts";
import { parseRecord } from "./parse_record.ts";

/** The longest line: the largest note, all of it written as `\uXXXX`, and the fields around it. */
const MAX_LINE_BYTES = MAX_NOTE_BYTES * 6 + 10_000;

const LF = 10;

/** A record, and where it stands. */
export interface ArchiveLine {
  /** The number of its line, from 1. */
  readonly line: number;
  /** What it says. */
  readonly record: ArchiveRecord;
}

/**
 * Reads an archive, in memory for one line, which ends with `\n` or the end of the bytes; empty
 * ones are passed over.
 *
 * @throws {ChatError} `invalid` or `too_large`, naming the line, if one is no record.
 */
export async function* readArchive(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchiveLine, void> {
  let number = 1;
  let parts: Uint8Array[] = []; // Of the line that is not at its end.
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

/** Does something with a line; what is wrong with it is told with its number. */
export function withLineNumber<T>(line: number, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (!(cause instanceof ChatError)) throw cause;
    throw new ChatError(cause.code, `Line ${line}: ${cause.message}`, { cause });
  }
}
