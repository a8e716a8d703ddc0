/**
 * Reads a file that a flag names.
 *
 * @param what What is in it, for the error.
 * @throws {Error} in words for a person, if it cannot be read.
 */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Deno.errors.IsADirectory
      ? "it is a folder"
      : cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : String(cause);
    throw new Error(`Cannot read ${what} in "${path}": ${reason}`, { cause });
  }
}
