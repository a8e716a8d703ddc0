/** A failed build. Its message is for the person who started it. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/**
 * Runs Deno to completion and returns its standard output.
 *
 * @throws {BuildError} with Deno's error message.
 */
export async function deno(
  args: readonly string[],
  { env, cwd }: Pick<Deno.CommandOptions, "env" | "cwd"> = {},
): Promise<string> {
  const { success, stdout, stderr } = await output(args, {
    ...cwd !== undefined && { cwd },
    env: { ...env, NO_COLOR: "1" },
  });
  if (success) return new TextDecoder().decode(stdout);
  const [said = ""] = new TextDecoder().decode(stderr).split("\nStack backtrace:");
  throw new BuildError(said.replace(/^error: /m, "").trim());
}

/**
 * Runs Deno to completion with its output shown.
 *
 * @throws {BuildError} if it fails.
 */
export async function denoAloud(args: readonly string[]): Promise<void> {
  const { success } = await output(args, { stdout: "inherit", stderr: "inherit" });
  if (!success) throw new BuildError(`deno ${args[0]} failed`);
}

async function output(
  args: readonly string[],
  options: Deno.CommandOptions,
): Promise<Deno.CommandOutput> {
  try {
    // The name in --allow-run.
    return await new Deno.Command("deno", { ...options, args: [...args] }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError("Cannot run deno: it is not on the PATH", { cause: error });
  }
}
