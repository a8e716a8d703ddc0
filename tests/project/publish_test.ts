import { assertEquals } from "@std/assert";
import { graph } from "../../tools/build/graph.ts";

const { name, version, exports, publish } = JSON.parse(
  Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)),
);

Deno.test("the published files include every file of the program", async () => {
  const { files } = await graph();
  const included: string[] = publish.include;
  const missing = files.filter((file) =>
    !included.some((path) => file === path || file.startsWith(`${path}/`)) &&
    !file.startsWith("npm_only/") // Stands in for packages of JSR, which the published program uses.
  );
  assertEquals(missing, []);
  assertEquals([typeof name, typeof version, exports], ["string", "string", "./mod.ts"]);
});
