import type { Cache } from "./cache.ts";

/**
 * Where Deno looks for the stub of a target, which is what runs a compiled program, before
 * it downloads it: each place with what is wrong with it. None, if the stub is at hand.
 */
export async function missingStub(target: string, cache: Cache): Promise<string[]> {
  const named = Deno.env.get("DENORT_BIN");
  if (named !== undefined) {
    return await exists(named) ? [] : [`DENORT_BIN names "${named}": it is not there`];
  }
  const archive = `${cache.folder}/dl/release/v${cache.version}/denort-${target}.zip`;
  return await exists(archive) ? [] : ["DENORT_BIN: not set", `${archive}: not there`];
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
