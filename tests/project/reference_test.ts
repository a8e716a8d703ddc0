import { assertEquals } from "@std/assert";
import { keysReference } from "../../cli/keys_reference.ts";
import { reference } from "../../cli/reference.ts";
import { boundOptions } from "../../tools/bound_options.ts";

const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

Deno.test("docs/commands.md matches --help; deno task docs writes it", async () => {
  assertEquals(await read("docs/commands.md"), await reference());
});

Deno.test("server/bound_options.ts has the bounds of the table; deno task docs writes it", async () => {
  assertEquals(await read("server/bound_options.ts"), boundOptions());
});

Deno.test("docs/keys.md matches the keymap; deno task docs writes it", async () => {
  assertEquals(await read("docs/keys.md"), keysReference());
});
