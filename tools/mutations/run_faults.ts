import { ROOT } from "../build/project.ts";
import { type NumberedFault, plant } from "./faults/fault.ts";
import { Scratch, testCommand, type TestResult } from "./scratch.ts";

/** The options of {@linkcode runFaults}. */
export interface RunFaultsOptions {
  /** The number of copies of the project in which tests run at the same time. */
  readonly jobs: number;
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** The longest run of the tests for a fault, in milliseconds. Default: 5 minutes. */
  readonly boundMs?: number;
  /** Called with the result for each fault. */
  readonly onFault: (fault: NumberedFault, result: FaultResult, seconds: number) => void;
  /** Called with the reason why a fault is stale. */
  readonly onStale: (reason: string) => void;
}

/**
 * The longest run of the tests for a fault, in milliseconds. A test that waits for ever fails by
 * itself much earlier, at its deadline; only a loop without any wait goes on until then.
 */
const BOUND_MS = 300_000;

/**
 * Whether a test has failed; `hung` if the tests had to be killed, `stale` if the fault's code has
 * changed.
 */
export type FaultResult = "caught" | "survived" | "hung" | "stale";

const RESULTS: Readonly<Record<TestResult, FaultResult>> = {
  red: "caught",
  green: "survived",
  hung: "hung",
};

/** A test file that fails without any fault, so that it would seem to notice all of them. */
export class FailingTestError extends Error {
  override readonly name = "FailingTestError";
}

/**
 * Plants each fault in a copy of the project, and runs its tests there, once they have passed
 * without any fault. Returns the faults by their results.
 *
 * @throws {FailingTestError} if a test file fails without any fault, with the command that shows why.
 * @throws the reason of `signal`, once it is aborted.
 */
export async function runFaults(
  faults: readonly NumberedFault[],
  { jobs, signal, boundMs = BOUND_MS, onFault, onStale }: RunFaultsOptions,
): Promise<Readonly<Record<FaultResult, NumberedFault[]>>> {
  const results: Record<FaultResult, NumberedFault[]> = {
    caught: [],
    survived: [],
    hung: [],
    stale: [],
  };
  const planted: { readonly fault: NumberedFault; readonly text: string }[] = [];
  for (const fault of faults) {
    try {
      planted.push({ fault, text: plant(await Deno.readTextFile(ROOT + fault.file), fault) });
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof Deno.errors.NotFound)) throw error;
      results.stale.push(fault);
      onStale(error.message);
    }
  }
  signal.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const copies: Scratch[] = [];
  while (copies.length < jobs) copies.push(stack.use(await Scratch.copy()));

  const files = new Set(planted.flatMap(({ fault }) => fault.tests));
  await inCopies(copies, files, async (scratch, file) => {
    const result = await scratch.test([file], { boundMs, signal });
    if (result === "green") return;
    const what = result === "red" ? "fails" : "never ends";
    throw new FailingTestError(
      `${file} ${what} without any fault; to see why: ${testCommand([file])}`,
    );
  });

  await inCopies(copies, planted, async (scratch, { fault, text }) => {
    const began = performance.now();
    const run = () => scratch.test(fault.tests, { boundMs, signal });
    const result = RESULTS[await scratch.with(fault.file, text, run)];
    results[result].push(fault);
    onFault(fault, result, (performance.now() - began) / 1_000);
  });
  return results;
}

/** Handles each item in one of the copies, as soon as one is free; up to the first error. */
async function inCopies<T>(
  copies: readonly Scratch[],
  items: Iterable<T>,
  handle: (scratch: Scratch, item: T) => Promise<void>,
): Promise<void> {
  const rest = Iterator.from(items);
  let isFailed = false;
  const work = async (scratch: Scratch) => {
    try {
      for (const item of rest) {
        await handle(scratch, item);
        if (isFailed) return;
      }
    } catch (error) {
      isFailed = true;
      throw error;
    }
  };
  const ended = await Promise.allSettled(copies.map(work));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}
