import { assert, assertEquals } from "@std/assert";
import { previewPaste } from "../../../client/terminal/paste_preview.ts";
import { CONTROL, HOSTILE_TEXTS } from "../../support/hostile_text.ts";

Deno.test("previewPaste() does not look like a posted note", () => {
  assertEquals(previewPaste("look:one\n\ttwo"), [
    "-- not sent yet: 2 lines, 13 characters --",
    "    look:one",
    "        two",
    "-- Enter sends one note, Ctrl-C drops it --",
  ]);
});

Deno.test("previewPaste() shows the start of a long text", () => {
  const lines = Array.from({ length: 1_000 }, (_, i) => `${i}`);
  assertEquals(previewPaste(lines.join("\n")).slice(1, -1), [
    ...lines.slice(0, 5).map((line) => `    ${line}`),
    "    … and 995 more lines",
  ]);
});

Deno.test("previewPaste() shows no control characters", () => {
  for (const text of HOSTILE_TEXTS) {
    for (const line of previewPaste(`a\n${text}`)) assert(!CONTROL.test(line), line);
  }
});
