/**
 * Where to ask the person at the terminal: on standard error, or on standard output where
 * that one goes elsewhere. Undefined if nobody is there to ask, or to see the question. The
 * terminal itself, `/dev/tty`, would serve both, but to open it takes every permission.
 */
export function promptOutput(): typeof Deno.stderr | typeof Deno.stdout | undefined {
  if (!Deno.stdin.isTerminal()) return undefined;
  return [Deno.stderr, Deno.stdout].find((output) => output.isTerminal());
}
