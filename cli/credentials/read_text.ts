import { reasonFor } from "../../platform/errno.ts";

/**
 * Reads a file that a flag names.
 *
 * @param what Its content, for the error: "the password".
 * @throws {Error} in words for a person, if it cannot be read.
 */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new Error(`Cannot read ${what} in "${path}": ${reasonFor(cause)}`, { cause });
  }
}
