import { assertEquals } from "@std/assert";
import { IgnoredNames } from "../../../../client/web/ignored_names.ts";

/** A storage that a page could have. */
function storage(content?: string) {
  const items = new Map<string, string>(content === undefined ? [] : [["ignored", content]]);
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

Deno.test("IgnoredNames keeps names, each once in any spelling", async () => {
  const kept = storage();
  await new IgnoredNames(kept).change([], { add: ["ann", "~eve"] });
  await new IgnoredNames(kept).change([], { add: ["ANN"] });
  assertEquals(await new IgnoredNames(kept).read(), ["~eve", "ANN"]);
  await new IgnoredNames(kept).change([], { remove: ["~Eve"] });
  assertEquals(await new IgnoredNames(kept).read(), ["ANN"]);
});

Deno.test.each(["", "{", "7", "{}", "[7]", "null"])(
  "IgnoredNames takes %s for nothing",
  async (content) => {
    const names = new IgnoredNames(storage(content));
    assertEquals(await names.read(), []);
    await names.change([], { add: ["ann"] });
    assertEquals(await names.read(), ["ann"]);
  },
);
