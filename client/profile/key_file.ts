import { dirname, join } from "node:path";
import { errorMessage } from "../../room/errors.ts";
import { configFolder } from "./config_folder.ts";
import { Identity } from "./identity.ts";

/** Where a person's key is; undefined in an environment without a home. */
export function keyPath(env: (name: string) => string | undefined): string | undefined {
  const folder = configFolder(env);
  return folder && join(folder, "key");
}

/**
 * Reads the key in a file; undefined if there is no such file.
 *
 * @throws {KeyFileError} if there is no key in it, or others may read it.
 */
export async function readKey(path: string): Promise<Identity | undefined> {
  try {
    const { mode, isFile, isDirectory } = await Deno.stat(path);
    if (!isFile) {
      const what = isDirectory ? "a folder" : "no file";
      throw refusal(path, `it is ${what}; move it away, and a new one is made`);
    }
    // Windows has no such mode; there the folder keeps others out.
    if (mode !== null && Deno.build.os !== "windows" && (mode & 0o077) !== 0) {
      throw refusal(path, `others may read it; make it yours alone: chmod 600 ${path}`);
    }
    const identity = await Identity.parse(await Deno.readTextFile(path));
    if (identity) return identity;
    throw refusal(path, "it is no key; move it away, and a new one is made");
  } catch (error) {
    const { NotADirectory, NotFound } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    if (error instanceof KeyFileError) throw error;
    throw refusal(path, "it cannot be read", error);
  }
}

/**
 * Reads the key in a file, which is made if there is none; undefined if it cannot be made. Of
 * any number of programs that start at once, all get the same key.
 *
 * @param report Hears why it cannot be made.
 * @throws {KeyFileError} if there is no key in the file, or others may read it.
 */
export async function readOrMakeKey(
  path: string,
  report: (line: string) => void,
): Promise<Identity | undefined> {
  const there = await readKey(path);
  if (there) return there;
  try {
    await createKeyFile(path, await (await Identity.generate()).toPem());
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      report(`No key, and so no name of your own: cannot make "${path}": ${errorMessage(error)}`);
      return undefined;
    }
  }
  const key = await readKey(path);
  if (!key) report(`No key, and so no name of your own: "${path}" is a link to no file`);
  return key;
}

/** Makes a file with all of its text, or fails with `AlreadyExists`. */
async function createKeyFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeTextFile(temporary, text, { mode: 0o600, createNew: true });
    try {
      await Deno.link(temporary, path); // Never over another file, as a renamed one would be.
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) throw error;
      await makeWithoutLinks(path, text);
    }
  } finally {
    await Deno.remove(temporary).catch(() => {});
  }
}

/** For a file system without links. A program that reads the file at this moment may find it empty. */
async function makeWithoutLinks(path: string, text: string): Promise<void> {
  (await Deno.open(path, { write: true, mode: 0o600, createNew: true })).close();
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    await Deno.remove(path).catch(() => {}); // Half a key would keep a whole one from being made.
    throw error;
  }
}

/** A key that cannot be used; its message is for the person whose key it is. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

function refusal(path: string, why: string, cause?: unknown): KeyFileError {
  return new KeyFileError(`Cannot use the key "${path}": ${why}`, { cause });
}
