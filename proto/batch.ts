/**
 * The batches of notes that servers of one chat share; `batch.proto` beside this file describes
 * them. Only servers that share a journal load this module.
 *
 * @module
 */

import type { Draft, TimedDraft } from "../room/note.ts";
import { isAscii } from "../text/ascii.ts";
import { fromWireKind, toWireKind } from "./enums.ts";
import contents from "./generated/storage/batch.json" with { type: "json" };
import type { Batch as BatchFields, Batch__Output } from "./generated/storage/Batch.ts";
import type { StoredNote, StoredNote__Output } from "./generated/storage/StoredNote.ts";
import { ProtoFile, type Wire } from "./proto_file.ts";

/** Notes that one server has appended at once; the fields are those of `batch.proto`. */
export interface Batch extends Omit<Wire<Batch__Output>, "notes"> {
  readonly notes: readonly TimedDraft[];
}

const codec = new ProtoFile("batch.proto", contents).message<BatchFields, Batch__Output>(
  "storage.Batch",
);

/** Encodes a batch. */
export function encodeBatch({ notes, ...batch }: Batch): Uint8Array {
  return codec.encode({ ...batch, notes: notes.map(toStored) });
}

/**
 * Decodes a batch.
 *
 * @throws {Error} if it is not one.
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  const { notes, ...batch } = codec.decode(bytes);
  return { ...batch, notes: notes.map(fromStored) };
}

/** The most bytes that a note takes besides its texts: nine tags and lengths, and its own. */
const OVERHEAD_BYTES = 56;

const encoder = new TextEncoder();

/** Returns the most bytes that a note takes in a batch. */
export function maxStoredBytes({ id, name, message, to, author, reader }: Draft): number {
  const texts = [id, name, message, to ?? "", author ?? "", reader ?? ""];
  return texts.reduce((bytes, text) => bytes + utf8Length(text), OVERHEAD_BYTES);
}

function utf8Length(text: string): number {
  return isAscii(text) ? text.length : encoder.encode(text).length; // Encoding takes much longer.
}

function toStored(note: TimedDraft): Wire<StoredNote> {
  const { id, name, message, kind, verified, to, author, reader, later } = note;
  return {
    ...{ id, name, message, kind: toWireKind(kind), verified: verified ?? false },
    ...(to !== undefined && { to }),
    ...(author !== undefined && { author }),
    ...(reader !== undefined && { reader }),
    ...(later !== undefined && { later }),
  };
}

function fromStored(note: Wire<StoredNote__Output>): TimedDraft {
  const { id, name, message, kind, verified, to, author, reader, later } = note;
  return {
    ...{ id, name, message, kind: fromWireKind(kind) },
    ...(verified && { verified }),
    ...(to !== undefined && { to }),
    ...(author !== undefined && { author }),
    ...(reader !== undefined && { reader }),
    ...(later > 0 && { later }),
  };
}
