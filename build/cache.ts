import { deno } from "./deno.ts";

/** The Deno that builds, and where it keeps what it has downloaded. */
export interface Cache {
  /** The version of Deno: `2.9.6`. */
  readonly version: string;
  /** The folder (`DENO_DIR`). */
  readonly folder: string;
}

/** Asks Deno for its version and its folder. */
export async function cache(): Promise<Cache> {
  const { denoVersion, denoDir } = JSON.parse(await deno(["info", "--json", "--no-config"]));
  return { version: denoVersion, folder: denoDir };
}
