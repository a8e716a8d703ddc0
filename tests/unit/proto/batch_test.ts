import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Batch, decodeBatch, encodeBatch, maxStoredBytes } from "../../../proto/batch.ts";
import { NOTE_KINDS } from "../../../room/note.ts";
import { FULL_DRAFT } from "../../support/full_note.ts";

const BATCH: Batch = {
  first: 2 ** 40,
  time: 1_700_000_000_000,
  history: "h",
  attempt: "a",
  notes: [
    FULL_DRAFT,
    ...NOTE_KINDS.map((kind) => ({ id: "", name: "bob", message: "\0\ufeff\u{1F600}", kind })),
    { ...FULL_DRAFT, author: "guest 1", reader: "", to: "" },
    { ...FULL_DRAFT, later: 2 ** 45 },
  ],
};

Deno.test("decodeBatch() returns what encodeBatch() got", () => {
  assertEquals(decodeBatch(encodeBatch(BATCH)), BATCH);
  const empty = { ...BATCH, notes: [] };
  assertEquals(decodeBatch(encodeBatch(empty)), empty);
});

Deno.test("decodeBatch() refuses bytes that are not a batch", () => {
  assertThrows(() => decodeBatch(encodeBatch(BATCH).subarray(0, -1)), Error);
});

Deno.test("maxStoredBytes() is no less than a note takes", () => {
  const size = (notes: Batch["notes"]) => encodeBatch({ ...BATCH, notes }).length;
  for (const length of [0, 1, 127, 128, 16_384, 2_097_152]) {
    const note = { ...FULL_DRAFT, message: "é".repeat(length), later: 2 ** 53 - 1 };
    const took = size([note]) - size([]);
    assert(took <= maxStoredBytes(note), `${took}`);
  }
});
