import { type Batch, decodeBatch } from "../../../proto/batch.ts";
import type { Journal } from "../../cluster/engine.ts";
import type { BatchMark } from "../sqlite/room_row.ts";

/** Decodes a batch. Returns undefined for other data, which is reported when it would be applied. */
export function tryDecodeBatch(data: Uint8Array): Batch | undefined {
  try {
    return decodeBatch(data);
  } catch {
    return undefined;
  }
}

/**
 * Checks that a journal still has a batch that this server had before its start, unless it was
 * deleted.
 *
 * @throws {ChatError} `lost`, if it has not; `unavailable`, if the engine does not answer.
 */
export async function confirmBatch(journal: Journal, { place, attempt }: BatchMark): Promise<void> {
  await journal.confirm(place, ({ data }) => tryDecodeBatch(data)?.attempt === attempt);
}
