/**
 * Stops this process and all that belong to the same job of the shell, as Ctrl-Z does to a
 * program that leaves the keys to the terminal; resolves when the shell lets them go on.
 *
 * The group has to stop as a whole: `deno task` waits for its child, and a shell that waits
 * for `deno task` would not come back. Deno lets a program send signals to its group only by
 * another program.
 */
export async function suspend(): Promise<void> {
  await new Deno.Command("kill", { args: ["-TSTP", "0"] }).output();
}
