import { assertEquals } from "@std/assert";
import { loadAndFollow } from "../../../room/load_and_follow.ts";

Deno.test("loadAndFollow() delivers changes in order, once everything is loaded", async () => {
  let report = (_change: string) => {};
  const heard: string[] = [];
  const loads = Promise.withResolvers<void>();
  const followed = loadAndFollow<string>({
    follow: (onChange) => {
      report = onChange;
      return { [Symbol.dispose]: () => {} };
    },
    load: async () => {
      report("early");
      await loads.promise;
      heard.push("loaded");
      report("later");
    },
    onChange: (change) => void heard.push(change),
  });
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(heard, []);
  loads.resolve();
  await followed;
  report("last");
  assertEquals(heard, ["loaded", "early", "later", "last"]);
});
