/** Waits until the event loop has handled what is at hand. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Makes a function that runs tasks once the events at hand have been handled: all of one
 * turn together, so that what they append can be one transaction.
 */
export function batchPerTick(): (task: () => void) => void {
  let due: (() => void)[] = [];
  return (task) => {
    if (due.push(task) > 1) return;
    setImmediate(() => {
      const tasks = due;
      due = [];
      for (const task of tasks) task();
    });
  };
}

/** How long old notes are read before the event loop gets a rest, in milliseconds. */
const READING_SLICE_MS = 2;

/**
 * Makes a wait for those who read old notes: they take turns one after the other, and after
 * each slice of time they leave the event loop a timer's tick to those who talk.
 */
export function yieldToEventLoop(): () => Promise<void> {
  let last = Promise.resolve();
  let sliceEnd = 0;
  const turn = () =>
    new Promise<void>((resolve) => {
      if (performance.now() < sliceEnd) {
        setImmediate(resolve);
      } else {
        setTimeout(() => {
          sliceEnd = performance.now() + READING_SLICE_MS;
          resolve();
        }, 0);
      }
    });
  return () => last = last.then(turn);
}
