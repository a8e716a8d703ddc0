/**
 * Generates `proto/generated/`, the types of all messages of the wire contract, from the .proto
 * files: `deno task types`. The generator is proto-loader's own. It gets the options that
 * `proto/proto_file.ts` decodes messages with, so that the types say what decoding returns.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { LOADER_OPTIONS } from "../proto/proto_file.ts";

const PROTO = fileURLToPath(new URL("../proto/", import.meta.url));

/** The generator. It is a program: its functions cannot be imported. */
const GENERATOR = `${config.imports["@grpc/proto-loader"]}/proto-loader-gen-types`;

/** The contract's files. Types of `grpc.reflection.v1alpha` would repeat the types of `v1`. */
const FILES = ["chat.proto", "health.proto", "reflection.proto"];

/** Writes the types of all messages into a folder. */
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
}

if (import.meta.main) {
  const folder = `${PROTO}generated`;
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await generateTypes(folder);
}
