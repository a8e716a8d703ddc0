/**
 * Writes a file that its owner alone may read, whole or not at all: another chat may read it,
 * or end, at any moment.
 *
 * @throws when it cannot be written.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeTextFile(temporary, text, { mode: 0o600, createNew: true });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {}); // Why it failed is the error to tell.
    throw error;
  }
}
