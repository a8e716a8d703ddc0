import { Wakeup } from "../../room/wakeup.ts";

/** The options of {@linkcode batches}. */
export interface BatchOptions<T> {
  /** Whether an item must not wait. */
  readonly isUrgent: (item: T) => boolean;
  /** The wait of a batch without urgent items, in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * Groups items that arrive close together into batches, in order. A batch waits until pending
 * events have been handled, and longer if nothing in it is urgent. When `items` ends or throws,
 * the batches do the same, after the last batch has been yielded.
 */
export async function* batches<T>(
  items: AsyncIterable<T>,
  { isUrgent, maxDelayMs }: BatchOptions<T>,
): AsyncGenerator<T[], void> {
  const never = new AbortController().signal;
  const wakeup = new Wakeup();
  let batch: T[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  async function collect(): Promise<void> {
    try {
      for await (const item of items) {
        batch.push(item);
        const urgent = isUrgent(item);
        if (!urgent && batch.length > 1) continue;
        clearTimeout(timer);
        timer = setTimeout(wakeup.notify, urgent ? 0 : maxDelayMs);
      }
    } finally {
      ended = true;
      wakeup.notify();
    }
  }

  const collecting = collect();
  collecting.catch(() => {}); // Awaited below, after the last batch.
  while (!ended) {
    await wakeup.wait(never);
    const due = batch;
    batch = [];
    if (due.length > 0) yield due;
  }
  clearTimeout(timer);
  if (batch.length > 0) yield batch;
  await collecting;
}
