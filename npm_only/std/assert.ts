/**
 * Stands in for `@std/assert` where only the npm registry is available: the parts that this project
 * uses, on Node's own assertions.
 *
 * @module
 */

import assertion from "node:assert/strict";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Asserts that `condition` is truthy. */
export function assert(condition: unknown, message = ""): asserts condition {
  assertion.ok(condition, message || `expected something true, got ${condition}`);
}

/** Asserts that two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message = ""): void {
  if (message) assertion.deepEqual(actual, expected, message);
  else assertion.deepEqual(actual, expected);
}

/** Asserts that `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, message = ""): void {
  assertion.match(actual, expected, message || `"${actual}" does not match ${expected}`);
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message = ""): void {
  assertion.ok(actual.includes(expected), message || `"${actual}" does not contain "${expected}"`);
}

/**
 * Asserts that `run` throws an error of a class whose message contains a text. Returns the error.
 */
export function assertThrows<E extends Error>(
  run: () => unknown,
  errorClass: ErrorClass<E>,
  messageIncludes = "",
): E {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  return assertError(thrown, errorClass, messageIncludes);
}

/**
 * Asserts that `run` rejects with an error of a class whose message contains a text. Returns the
 * error.
 */
export async function assertRejects<E extends Error>(
  run: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  messageIncludes = "",
): Promise<E> {
  const thrown = await Promise.resolve(run()).then(() => undefined, (error) => error);
  return assertError(thrown, errorClass, messageIncludes);
}

function assertError<E extends Error>(
  thrown: unknown,
  errorClass: ErrorClass<E>,
  messageIncludes: string,
): E {
  assertion.ok(thrown instanceof errorClass, `expected ${errorClass.name}, got ${thrown}`);
  assertStringIncludes(thrown.message, messageIncludes);
  return thrown;
}
