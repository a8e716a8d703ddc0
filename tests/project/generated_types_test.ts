import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { decodeBatch } from "../../proto/batch.ts";
import { health } from "../../proto/health.ts";
import { chatServer } from "../../proto/mod.ts";
import { reflections } from "../../proto/reflection.ts";
import { readFiles } from "../../tools/arrows.ts";
import { generateTypes } from "../../tools/generate_types.ts";

const GENERATED = fileURLToPath(new URL("../../proto/generated/", import.meta.url));

Deno.test("proto/generated matches the .proto files; deno task types writes it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await generateTypes(folder);
    assertEquals(await readFiles(GENERATED), await readFiles(`${folder}/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Generated files, and the decoders of their messages. */
const DECODERS: Record<string, (bytes: Buffer) => object> = {
  "storage/Batch.ts": decodeBatch,
  "grpc/Note.ts": chatServer.ChatStream.responseDeserialize,
  "grpc/ClientFrame.ts": chatServer.Session.requestDeserialize,
  "grpc/ServerFrame.ts": chatServer.Session.responseDeserialize,
  "grpc/health/v1/HealthListResponse.ts": health.List.responseDeserialize,
  "grpc/reflection/v1/ServerReflectionResponse.ts":
    reflections[0]!.ServerReflectionInfo.responseDeserialize,
};

for (const [file, decode] of Object.entries(DECODERS)) {
  Deno.test(`an empty message has the fields that ${file} says are always there`, async () => {
    const text = await Deno.readTextFile(GENERATED + file);
    const output = text.slice(text.search(/^export interface \w+__Output /m));
    const fields = Array.from(output.matchAll(/^ {2}'(\w+)':/gm), ([, name]) => name);
    assertEquals(Object.keys(decode(Buffer.alloc(0))).sort(), fields.sort());
  });
}
