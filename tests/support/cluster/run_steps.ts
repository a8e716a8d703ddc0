/** The steps that run at once: most of their time they wait for elections of nodes. */
const AT_ONCE = 4;

/**
 * Runs independent steps of a test, several at once. What they leave behind fails the test, as
 * nobody can say which of them it was.
 */
export async function runSteps(
  test: Deno.TestContext,
  steps: readonly (readonly [name: string, body: () => Promise<void>])[],
): Promise<void> {
  const waiting = steps.values();
  const isolation = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [name, fn] of waiting) await test.step({ name, fn, ...isolation });
  }));
}
