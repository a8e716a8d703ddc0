import { join } from "node:path";
import { writeAtomically, WriteError } from "../../platform/atomic_file.ts";
import { errnoOf, isMissing, reasonFor } from "../../platform/errno.ts";
import { errorMessage } from "../../room/errors.ts";
import { configFolder } from "./config_folder.ts";
import { Identity } from "./identity.ts";

/** The path of a person's key; undefined in an environment without a home. */
export function keyPath(env: (name: string) => string | undefined): string | undefined {
  const folder = configFolder(env);
  return folder && join(folder, "key");
}

/** The options of {@linkcode readKey}. */
export interface ReadKeyOptions {
  /** Whether the person has named the file, so that it is not made again. Default: false. */
  readonly isNamed?: boolean | undefined;
}

/**
 * Reads the key in a file; undefined if there is no such file.
 *
 * @throws {KeyFileError} if there is no key in it, or it is the person's file and others may read
 * it; a {@linkcode KeyFolderError}, if its folder cannot be entered.
 */
export async function readKey(
  path: string,
  { isNamed = false }: ReadKeyOptions = {},
): Promise<Identity | undefined> {
  const remedy = isNamed ? "" : "; move it away, and a new one is made";
  try {
    const { mode, uid, isFile, isDirectory, isFifo } = await statKey(path);
    // A pipe has the key of a shell's `<(command)`.
    if (!isFile && !isFifo) {
      throw refusal(path, `it is ${isDirectory ? "a folder" : "no file"}${remedy}`);
    }
    // Windows has no such mode: there the folder keeps others out. Containers mount secrets as files
    // of another user, and decide who may read them: OpenSSH accepts these, too.
    const isOwn = Deno.build.os !== "windows" && uid === Deno.uid();
    if (isOwn && mode !== null && (mode & 0o077) !== 0) {
      throw refusal(path, `others may read it; make it yours alone: chmod 600 ${path}`);
    }
    return await parseKey(await Deno.readTextFile(path), path, remedy);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof KeyFileError) throw error;
    throw refusal(path, `it cannot be read: ${reasonFor(error)}`, error);
  }
}

/**
 * Parses a key.
 *
 * @param source Where the text is from, for the error, with a remedy for the person if there is one.
 * @throws {KeyFileError} if it is none. The message does not contain the text, which may be a
 * secret.
 */
export async function parseKey(text: string, source: string, remedy = ""): Promise<Identity> {
  const identity = await Identity.parse(text);
  if (!identity) throw refusal(source, `it is not a key${remedy}`);
  return identity;
}

/**
 * Reads the key in a file, and makes one if there is none; undefined if it cannot be made.
 * Programs that start at the same time all get the same key.
 *
 * @param report Called with the reason why it cannot be made.
 * @throws {KeyFileError} if there is no key in the file, or others may read it.
 */
export async function readOrMakeKey(
  path: string,
  report: (line: string) => void,
): Promise<Identity | undefined> {
  const there = await readKey(path);
  if (there) return there;
  try {
    await writeAtomically(path, await (await Identity.generate()).toPem(), { makeFolder: true });
  } catch (error) {
    // Another program may have made it at the same time.
    if (!(error instanceof WriteError && errnoOf(error.cause) === "EEXIST")) {
      report(`You have no key, so no name is yours: ${errorMessage(error)}`);
      return undefined;
    }
  }
  const key = await readKey(path);
  if (!key) report(`You have no key, so no name is yours: "${path}" is a link to no file`);
  return key;
}

/** A key that cannot be used. The message is for the owner of the key. */
export class KeyFileError extends Error {
  override readonly name: string = "KeyFileError";
}

/** A folder for keys that cannot be entered, so that nobody knows whether there is a key. */
export class KeyFolderError extends KeyFileError {
  override readonly name = "KeyFolderError";
}

async function statKey(path: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (errnoOf(error) !== "EACCES") throw error;
    const words = `Cannot use the key "${path}": its folder cannot be entered: ${reasonFor(error)}`;
    throw new KeyFolderError(words, { cause: error });
  }
}

function refusal(path: string, why: string, cause?: unknown): KeyFileError {
  return new KeyFileError(`Cannot use the key "${path}": ${why}`, { cause });
}
