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
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { success, stdout, stderr } = await output([...args], { ...env, NO_COLOR: "1" });
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
  const { success } = await output([...args], {}, "inherit");
  if (!success) throw new BuildError(`deno ${args[0]} failed`);
}

async function output(
  args: string[],
  env: Record<string, string>,
  streams: "piped" | "inherit" = "piped",
): Promise<Deno.CommandOutput> {
  const options = { args, env, stdout: streams, stderr: streams };
  try {
    return await new Deno.Command("deno", options).output(); // The name in --allow-run.
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new BuildError("Cannot run deno: it is not on the PATH", { cause: error });
  }
}
