/** What is loaded once, and followed from then on. */
export interface Followed<Change> {
  /** Calls `onChange` for each change from now on. Missing if nobody else makes any. */
  readonly follow: ((onChange: (change: Change) => void) => Disposable) | undefined;
  /** Loads everything. */
  readonly load: () => Promise<void>;
  readonly onChange: (change: Change) => void;
}

/**
 * Loads what others may change meanwhile: changes that come before everything is loaded are held
 * back until then, so that none is missed.
 */
export async function loadAndFollow<Change>(
  { follow, load, onChange }: Followed<Change>,
): Promise<void> {
  const early: Change[] = [];
  let isLoaded = false;
  follow?.((change) => isLoaded ? onChange(change) : void early.push(change));
  await load();
  isLoaded = true;
  for (const change of early) onChange(change);
}
