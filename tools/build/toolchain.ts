import { deno } from "./deno.ts";

/** The Deno that builds. */
export interface Toolchain {
  /** Its version: `2.9.6`. */
  readonly version: string;
  /** Its download folder (`DENO_DIR`). */
  readonly folder: string;
  /** The stub that `DENORT_BIN` names, if it is set. */
  readonly stub: string | undefined;
}

/** Asks Deno for its version and folders. */
export async function toolchain(): Promise<Toolchain> {
  const { denoVersion, denoDir } = JSON.parse(await deno(["info", "--json", "--no-config"]));
  return { version: denoVersion, folder: denoDir, stub: Deno.env.get("DENORT_BIN") };
}
