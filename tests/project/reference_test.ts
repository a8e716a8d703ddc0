import { assertEquals } from "@std/assert";
import { reference } from "../../cli/reference.ts";

Deno.test("docs/commands.md matches --help; deno task docs writes it", async () => {
  const written = await Deno.readTextFile(new URL("../../docs/commands.md", import.meta.url));
  assertEquals(written, await reference());
});
