/** The timeout for reading typed-ahead input, in milliseconds. */
const EARLY_MS = 100;

/**
 * Resolves once the reader of the keys has read the keys that were typed ahead. They wait in the
 * terminal, and nothing else shows that there are no more.
 */
export async function waitForTypeAhead(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, EARLY_MS));
  // One more turn, in case this process was suspended until now.
  await new Promise((resolve) => setTimeout(resolve));
}
