import { Wakeup } from "../../room/wakeup.ts";

/** How items are put together. */
export interface BatchOptions<T> {
  /** Whether an item is not to be kept waiting. */
  readonly isUrgent: (item: T) => boolean;
  /** How long a batch waits in which nothing is urgent, in milliseconds. */
  readonly maxDelayMs: number;
}

/**
 * Puts items that come close together into batches, in their order. A batch waits for the
 * events at hand to be handled, and longer if nothing in it is urgent. What ends or breaks
 * `items` does so to the batches, once those before have been taken.
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
  collecting.catch(() => {}); // It is awaited below, behind the last batch.
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
