/** Data that is loaded once, and then kept up to date by its changes. */
export interface Followed<Change> {
  /** Calls `onChange` for each change from now on. Missing if nobody else makes any. */
  readonly follow: ((onChange: (change: Change) => void) => Disposable) | undefined;
  /** Loads everything. */
  readonly load: () => Promise<void>;
  readonly onChange: (change: Change) => void;
}

/**
 * Loads data that others may change at the same time. It listens for changes before it loads, and
 * delivers them once everything is loaded, so that none is missed.
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
