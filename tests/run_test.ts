import { assertEquals } from "@std/assert";
import type { Note } from "../room/note.ts";
import { Run } from "../room/run.ts";

const said = (seq: number, name: string): Note => (
  { seq, time: 0, name, message: `${seq}`, kind: "said" }
);
const whisper = (seq: number, name: string, to: string): Note => (
  { seq, time: 0, name, message: `${seq}`, kind: "whisper", to }
);

const seqs = (run: Run, reader?: string) => run.notesFor(reader).map((note) => note.seq);

Deno.test("Run.notesFor() shows a whisper to its author and its recipient, in order, and to nobody else", () => {
  const run = new Run(1, [
    said(1, "cat"),
    whisper(2, "Ann", "bob"),
    said(3, "ann"),
    whisper(4, "bob", "ANN"),
    whisper(5, "cat", "Cat"),
  ]);
  assertEquals(seqs(run, "ann"), [1, 2, 3, 4]);
  assertEquals(seqs(run, "bob"), [1, 2, 3, 4]);
  assertEquals(seqs(run, "cat"), [1, 3, 5]);
  assertEquals(seqs(run, "dan"), [1, 3]);
  assertEquals(seqs(run), [1, 3]);
  assertEquals(run.end, 6);
});

Deno.test("Run.notesFor() gives all who may see the same the same array", () => {
  const open = new Run(1, [said(1, "ann"), said(2, "bob")]);
  assertEquals(open.notesFor("ann") === open.notes, true);
  const mixed = new Run(1, [said(1, "ann"), whisper(2, "ann", "bob")]);
  assertEquals(mixed.notesFor("cat") === mixed.notesFor(undefined), true);
});

Deno.test("Run.notesFor() hides a whisper without a recipient from all but its author", () => {
  const { to: _, ...toNobody } = whisper(1, "ann", "");
  const run = new Run(1, [toNobody]);
  assertEquals([seqs(run, "ann"), seqs(run, ""), seqs(run)], [[1], [], []]);
});
