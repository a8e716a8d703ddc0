import { assertEquals } from "@std/assert";
import { keysReference } from "../../cli/keys_reference.ts";
import { reference } from "../../cli/reference.ts";

Deno.test("docs/commands.md says what --help says; deno task docs writes it", async () => {
  const written = await Deno.readTextFile(new URL("../../docs/commands.md", import.meta.url));
  assertEquals(written, await reference());
});

Deno.test("docs/keys.md says what the keymap says; deno task docs writes it", async () => {
  const written = await Deno.readTextFile(new URL("../../docs/keys.md", import.meta.url));
  assertEquals(written, keysReference());
});
