import { readText } from "./read_text.ts";

/**
 * Reads the password in a file: its text without a final newline.
 *
 * @throws {Error} in words for a person, if it cannot be read, or is empty.
 */
export async function readPassword(path: string): Promise<string> {
  const text = await readText(path, "the password");
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw new Error(`Cannot read the password in "${path}": it is empty`);
  // Nobody could type it.
  if (/\p{Cc}/u.test(password)) {
    throw new Error(`Cannot read the password in "${path}": it is not one line of text`);
  }
  return password;
}
