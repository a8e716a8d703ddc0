/** Makes a folder that is deleted when disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Calls `body` with a folder that is deleted afterwards. */
export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  await body(folder.path);
}
