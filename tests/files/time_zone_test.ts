import { assertEquals } from "@std/assert";
import type { ShownNote } from "../../client/chat.ts";
import { renderNote } from "../../client/render/render.ts";
import { PLAIN } from "../../client/render/style.ts";

const TIME = Date.UTC(2026, 10, 22, 16, 2, 3);
const SAID: ShownNote = { name: "ann", message: "hello", kind: "said", seq: 1, time: TIME };

Deno.test("renderNote() shows the time in the zone of the process", () => {
  const before = Deno.env.get("TZ");
  Deno.env.set("TZ", "Asia/Kolkata");
  try {
    const [row] = renderNote(SAID, { time: "iso", style: PLAIN });
    assertEquals(row, "2026-11-22T21:32:03+05:30 [ann] hello");
  } finally {
    if (before === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", before);
  }
});
