import type { Toolchain } from "./toolchain.ts";

/**
 * Where Deno looks for the stub of a target, which is what runs a compiled program, before
 * it downloads it: each place with what is wrong with it. None, if the stub is at hand.
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
