/**
 * Returns the output for prompts: standard error, or standard output if standard error is
 * redirected. Undefined if nobody can see or answer a prompt. The terminal itself, `/dev/tty`,
 * would serve both cases, but opening it needs all permissions.
 */
export function promptOutput(): typeof Deno.stderr | typeof Deno.stdout | undefined {
  if (!Deno.stdin.isTerminal()) return undefined;
  return [Deno.stderr, Deno.stdout].find((output) => output.isTerminal());
}
