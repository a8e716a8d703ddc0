import { assertEquals } from "@std/assert";
import type { SearchEnd, SearchOptions, ShownNote } from "../../../../client/chat.ts";
import { showAround, showFound } from "../../../../client/conversation/found_notes.ts";
import { PLAIN_VIEW } from "../../../../client/render/render.ts";
import { renderRow, type Row } from "../../../../client/render/row.ts";

/** A note without a time, so that no line names its day. */
const note = (seq: number, { name = "ann", message = `note ${seq}` } = {}): ShownNote => ({
  ...{ name, message, kind: "said", seq },
});

/** A chat in which a search finds `notes`, and what is shown of them. */
function finding(notes: readonly ShownNote[], more = false) {
  const searches: SearchOptions[] = [];
  const rows: Row[] = [];
  const chat = {
    async *search(options: SearchOptions): AsyncGenerator<ShownNote, SearchEnd, void> {
      searches.push(options);
      yield* notes;
      return await Promise.resolve({ searched: 1, more });
    },
  };
  const view = {
    self: "bob",
    isHidden: ({ name }: ShownNote) => name === "eve",
    show: (more: readonly Row[]) => void rows.push(...more),
  };
  const shown = () => rows.flatMap((row) => renderRow(row, PLAIN_VIEW)).map((row) => row.trim());
  return { chat, view, searches, rows, shown };
}

Deno.test("showFound() has one heading, no hidden notes, and says whether there are more", async () => {
  const all = [note(9), note(8, { name: "eve" }), note(7)];
  for (const [more, end] of [[false, "2 notes found"], [true, "the newest 2 of more"]] as const) {
    const { chat, view, searches, shown } = finding(all, more);
    await showFound(chat, ["note"], view);
    assertEquals(searches, [{ words: ["note"], limit: 20 }]);
    assertEquals(shown(), [
      "── notes with note, newest first ──",
      "#9 [ann] note 9",
      "#7 [ann] note 7",
      `-- ${end}; /history #SEQ shows what was around one --`,
    ]);
  }
  const { chat, view, shown } = finding([]);
  await showFound(chat, ["tea"], view);
  assertEquals(shown(), ["-- no note has tea --"]);
});

Deno.test("showFound() marks what was found, but nothing that spans two lines", async () => {
  const { chat, view, rows } = finding([note(9, { message: "green tea, green\ntea" })]);
  await showFound(chat, ["green\ntea", "green tea"], view);
  const found = rows.find((row) => row.type === "found");
  assertEquals(found?.type === "found" && found.named, [{ start: 0, end: 9 }]);
});

Deno.test("showAround() shows 10 notes before and after a position, oldest first", async () => {
  const { chat, view, searches, shown } = finding([note(8), note(7), note(6, { name: "eve" })]);
  await showAround(chat, 7, view);
  assertEquals(searches, [{ before: 18, limit: 21 }]);
  assertEquals(shown(), [
    "── around #7 ──",
    "#7 [ann] note 7",
    "#8 [ann] note 8",
    "── now ──",
  ]);
});

Deno.test("showAround() shows nothing around a position without a note that one may see", async () => {
  const { chat, view, shown } = finding([note(8), note(6)]);
  await showAround(chat, 7, view);
  assertEquals(shown(), ["-- there is no note #7, or it is not kept any more --"]);
});
