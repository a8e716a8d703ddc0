/** How long what was typed before takes at most to be read, in milliseconds. */
const EARLY_MS = 100;

/**
 * Resolves once whoever reads the keys has read those that were typed before: they wait in the
 * terminal, and there is no other way to know that there are no more.
 */
export async function waitForTypeAhead(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, EARLY_MS));
  // Once more around, should this program itself have stood still meanwhile.
  await new Promise((resolve) => setTimeout(resolve));
}
