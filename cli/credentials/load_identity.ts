import type { Identity } from "../../client/profile/identity.ts";
import type { Context } from "../framework/command.ts";

/**
 * Returns the person's key, and creates one if there is none; undefined if there is no place for
 * it.
 *
 * @throws {KeyFileError} if the key file cannot be used.
 */
export async function loadOrMakeIdentity(
  { env, output }: Pick<Context, "env" | "output">,
): Promise<Identity | undefined> {
  const { keyPath, readOrMakeKey } = await import("../../client/profile/key_file.ts");
  const path = keyPath(env);
  return path === undefined ? undefined : await readOrMakeKey(path, output.report);
}

/**
 * Returns the person's key, if there is one.
 *
 * @throws {KeyFileError} if the key file cannot be used.
 */
export async function loadIdentity(
  { env }: Pick<Context, "env">,
): Promise<Identity | undefined> {
  const { keyPath, readKey } = await import("../../client/profile/key_file.ts");
  const path = keyPath(env);
  return path === undefined ? undefined : await readKey(path);
}
