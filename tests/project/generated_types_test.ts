import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { readFiles } from "../../tools/arrows.ts";
import { generateTypes } from "../../tools/generate_types.ts";

Deno.test("proto/generated is what the generator makes of the .proto files; deno task types writes it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await generateTypes(folder);
    const written = await readFiles(
      fileURLToPath(new URL("../../proto/generated/", import.meta.url)),
    );
    assertEquals(written, await readFiles(`${folder}/`));
    assertEquals(written.get("grpc/Note.ts")?.includes("'to_verified'?: (boolean);"), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
