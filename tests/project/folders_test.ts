import { fileURLToPath } from "node:url";
import { assertEquals } from "@std/assert";
import { complaintsOf, fileArrows, readFiles } from "../../tools/arrows.ts";

Deno.test("folders and imports match tools/folders/, without circles", async () => {
  const files = await readFiles(fileURLToPath(new URL("../../", import.meta.url)));
  assertEquals(complaintsOf(files), []);
  // It has really read them.
  assertEquals(fileArrows(files).get("mod.ts")?.has("cli/table.ts"), true);
});
