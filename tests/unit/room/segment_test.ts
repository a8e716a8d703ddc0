import { assertEquals } from "@std/assert";
import type { Note } from "../../../room/note.ts";
import { Segment } from "../../../room/state/segment.ts";

const said = (seq: number, name: string): Note => (
  { seq, time: 0, name, message: `${seq}`, kind: "said" }
);
const privateNote = (seq: number, author: string, reader: string): Note => (
  { seq, time: 0, name: "ann", message: `${seq}`, kind: "whisper", to: "bob", author, reader }
);
const [ANN, BOB, CAT] = ["SHA256:a", "SHA256:b", "guest 3"] as const;

const seqs = (segment: Segment, reader?: string) =>
  segment.notesFor(reader).map((note) => note.seq);

Deno.test("Segment.notesFor() shows a private note to its author and its recipient only, in order", () => {
  const segment = new Segment(1, [
    said(1, "cat"),
    privateNote(2, ANN, BOB),
    said(3, "ann"),
    privateNote(4, BOB, ANN),
    privateNote(5, CAT, CAT),
  ]);
  assertEquals(seqs(segment, ANN), [1, 2, 3, 4]);
  assertEquals(seqs(segment, BOB), [1, 2, 3, 4]);
  assertEquals(seqs(segment, CAT), [1, 3, 5]);
  assertEquals(seqs(segment, "ann"), [1, 3]); // Their names do not matter.
  assertEquals(seqs(segment), [1, 3]);
  assertEquals(segment.end, 6);
});

Deno.test("Segment.notesFor() returns the same array to all readers with the same view", () => {
  const open = new Segment(1, [said(1, "ann"), said(2, "bob")]);
  assertEquals(open.notesFor(ANN) === open.notes, true);
  const mixed = new Segment(1, [said(1, "ann"), privateNote(2, ANN, BOB)]);
  assertEquals(mixed.notesFor(CAT) === mixed.notesFor(undefined), true);
});

Deno.test("Segment.notesFor() hides a private note without a recipient from all but its author, and one without an author from all", () => {
  const { reader: _, ...toNobody } = privateNote(1, ANN, "");
  const { author: __, ...ofNobody } = { ...toNobody, seq: 2 };
  const segment = new Segment(1, [toNobody, ofNobody]);
  assertEquals([seqs(segment, ANN), seqs(segment, ""), seqs(segment)], [[1], [], []]);
});
