/**
 * Generates `proto/generated/` from the .proto files: `deno task types`. It contains the types of
 * all messages of the wire contract, and the files as JSON, which the program loads. The generator
 * of the types is proto-loader's own. It gets the options that `proto/proto_file.ts` decodes
 * messages with, so that the types say what decoding returns.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import config from "../deno.json" with { type: "json" };
import { LOADER_OPTIONS } from "../proto/proto_file.ts";

const PROTO = fileURLToPath(new URL("../proto/", import.meta.url));

/** The generator. It is a program: its functions cannot be imported. */
const GENERATOR = `${config.imports["@grpc/proto-loader"]}/proto-loader-gen-types`;

/**
 * The contract's files, and what servers share among themselves. Types of `grpc.reflection.v1alpha` would repeat the types
 * of `v1`.
 */
const FILES = ["chat.proto", "health.proto", "reflection.proto", "batch.proto"];

/** Writes the types of all messages, and the files as JSON, into a folder. */
export async function generateTypes(folder: string): Promise<void> {
  const options = Object.entries(LOADER_OPTIONS).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value.name}`
  );
  const { success, stderr } = await new Deno.Command("deno", { // The name in --allow-run.
    args: [
      ...["run", "--quiet", "--no-prompt", "--frozen"],
      ...["--allow-read", "--allow-env", `--allow-write=${folder}`],
      GENERATOR,
      ...[...options, "--importFileExtension=.ts", `--outDir=${folder}`, "--includeDirs=."],
      ...["--", ...FILES],
    ],
    cwd: PROTO,
  }).output();
  if (!success) {
    throw new Error(`Cannot generate types: ${new TextDecoder().decode(stderr).trim()}`);
  }
  for (const file of FILES) {
    const text = await Deno.readTextFile(PROTO + file);
    const { root, package: name } = protobuf.parse(text, LOADER_OPTIONS);
    const types = `${folder}/${name!.replaceAll(".", "/")}`; // Each file names its package.
    const json = `${types}/${file.replace(".proto", ".json")}`;
    await Deno.writeTextFile(json, `${JSON.stringify(root, null, 2)}\n`);
  }
}

if (import.meta.main) {
  const folder = `${PROTO}generated`;
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await generateTypes(folder);
}
