/**
 * Gives every test a deadline, so that a fault that makes a test wait for ever fails that test
 * instead of stopping the whole run. No test relies on it: each waits for an event. Loaded before
 * the tests, by `--preload`.
 *
 * @module
 */

/** The default deadline of a test, in milliseconds. A slower test sets its own `timeout`. */
const TIMEOUT_MS = 60_000;

const { test } = Deno;

type Options = Omit<Deno.TestDefinition, "name" | "fn">;
type Test = Deno.TestDefinition["fn"];

/** `Deno.test()`, in the overloads that the tests here use. */
function testWithDeadline(
  ...args: [Deno.TestDefinition] | [string, Test] | [string, Options, Test]
): void {
  const last = args.at(-1);
  const definition = {
    timeout: TIMEOUT_MS,
    ...typeof args[0] === "string" ? { name: args[0] } : args[0],
    ...args.length === 3 && args[1],
    ...typeof last === "function" && { fn: last },
  };
  test(definition as Deno.TestDefinition); // One of its overloads has set a name and a function.
}

// The types declare it read-only, but a preloaded module may replace it.
Object.assign(Deno, { test: Object.assign(testWithDeadline, test) });
