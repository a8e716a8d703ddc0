/**
 * The programs of others that the tests talk to, as far as they are installed.
 *
 * @module
 */

/** The Python interpreter that has the modules. */
export const PYTHON = Deno.env.get("CHAT_TEST_PYTHON") ?? "python3";

/** Whether a program can be started; `flag` makes it print its version. */
export function hasTool(command: string, flag = "-version"): Promise<boolean> {
  return runs(command, [flag]);
}

/** Whether {@linkcode PYTHON} has all of these modules. */
export function hasModules(...modules: string[]): Promise<boolean> {
  return runs(PYTHON, ["-c", `import ${modules.join(", ")}`]);
}

async function runs(command: string, args: string[]): Promise<boolean> {
  try {
    const process = new Deno.Command(command, { args, stdout: "null", stderr: "null" });
    return (await process.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
