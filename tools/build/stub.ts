import type { Toolchain } from "./toolchain.ts";

/**
 * The places where Deno looks for the stub of a target before downloading it, each with its
 * problem. Empty if the stub is available. A stub is the executable that runs a compiled program.
 */
export async function missingStub(target: string, toolchain: Toolchain): Promise<string[]> {
  const { version, folder, stub } = toolchain;
  if (stub !== undefined) {
    return await pathExists(stub) ? [] : [`DENORT_BIN names "${stub}": it is not there`];
  }
  const archive = `${folder}/dl/release/v${version}/denort-${target}.zip`;
  return await pathExists(archive) ? [] : ["DENORT_BIN: not set", `${archive}: not there`];
}

async function pathExists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
