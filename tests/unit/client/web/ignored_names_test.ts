import { assertEquals } from "@std/assert";
import { IgnoredNames } from "../../../../client/web/storage/ignored_names.ts";
import { MemoryStorage } from "./memory_storage.ts";

Deno.test("IgnoredNames keeps names, each once in any spelling", async () => {
  const kept = new MemoryStorage();
  await new IgnoredNames(kept).change([], { add: ["ann", "~eve"] });
  await new IgnoredNames(kept).change([], { add: ["ANN"] });
  assertEquals(await new IgnoredNames(kept).read(), ["~eve", "ANN"]);
  await new IgnoredNames(kept).change([], { remove: ["~Eve"] });
  assertEquals(await new IgnoredNames(kept).read(), ["ANN"]);
});

Deno.test.each(["", "{", "7", "{}", "[7]", "null"])(
  "IgnoredNames takes %s for nothing",
  async (content) => {
    const names = new IgnoredNames(new MemoryStorage({ ignored: content }));
    assertEquals(await names.read(), []);
    await names.change([], { add: ["ann"] });
    assertEquals(await names.read(), ["ann"]);
  },
);
