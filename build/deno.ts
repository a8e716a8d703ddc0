/** A build that failed; its message is for the person who started it. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/**
 * Runs Deno to its end, and returns what it has written to standard output.
 *
 * @throws {BuildError} with what Deno says is wrong.
 */
export async function deno(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  // By its name, as it is what `--allow-run` names: the one that runs this.
  const command = new Deno.Command("deno", { args: [...args], env: { ...env, NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  const [said = ""] = new TextDecoder().decode(stderr).split("\nStack backtrace:");
  throw new BuildError(said.replace(/^error: /m, "").trim());
}
