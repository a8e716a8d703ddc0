import type { SearchTurns } from "../room/search/search_log.ts";

/** Waits until the event loop has handled the pending events. */
export function nextTick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Returns a function that runs tasks once the pending events have been handled. All tasks of one
 * tick run together, so that their appends can share a transaction.
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

/** The time for reading old notes before the event loop gets a break, in milliseconds. */
const READING_SLICE_MS = 2;

/**
 * Returns a function that readers of old notes await between reads. Readers take turns, and after
 * each slice of time they pause for one timer tick, so that live traffic is served.
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

/**
 * The time for searches before the event loop gets a break, in milliseconds: longer than for readers,
 * since a search ends soon, and each break takes a millisecond or more.
 */
const SEARCHING_SLICE_MS = 8;

/** Returns the turns of all searches: one slice of time, then a break for one timer tick. */
export function searchTurns(): SearchTurns {
  let last = Promise.resolve();
  let sliceEnd = 0;
  const turn = () =>
    new Promise<void>((resolve) => {
      // Not setImmediate(): as long as there is another one each time, Deno handles no input.
      setTimeout(() => {
        sliceEnd = performance.now() + SEARCHING_SLICE_MS;
        resolve();
      }, 0);
    });
  return {
    next: () => last = last.then(turn),
    get isOver() {
      return performance.now() >= sliceEnd;
    },
  };
}
