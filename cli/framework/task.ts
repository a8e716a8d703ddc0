import { columns } from "./columns.ts";
import { EXIT, UsageError } from "./exit.ts";
import { flagRows, type Flags, flagUsage, parseFlags, type Values } from "./flags.ts";
import { standardOutput } from "./output.ts";

/** A program for developers of this project, which `deno task` runs. */
export interface Task<F extends Flags> {
  /** The name of the task. */
  readonly name: string;
  /** The summary, in one line. */
  readonly summary: string;
  readonly flags: F;
  /** Runs it, and returns the exit code. */
  readonly run: (values: Values<F>) => Promise<number>;
}

/** Runs a task with `args`, or prints its help, and returns the exit code. */
export async function runTask<F extends Flags>(
  { name, summary, flags, run }: Task<F>,
  args: readonly string[],
): Promise<number> {
  try {
    if (args.some((arg) => arg === "--help" || arg === "-h")) {
      await standardOutput.print(formatTaskHelp(name, summary, flags));
      return EXIT.done;
    }
    return await run(parseFlags(flags, args, () => undefined));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    standardOutput.report(`error: ${error.message}`);
    return EXIT.usage;
  }
}

/** Formats the `--help` of a task. */
export function formatTaskHelp(
  name: string,
  summary: string,
  flags: Flags,
  usage: string = flagUsage(flags),
): string {
  return [
    `deno task ${name}: ${summary}`,
    "",
    `Usage: deno task ${name} ${usage}`,
    "",
    "Options:",
    ...columns([...flagRows(flags), ["--help, -h", "show this help"]]),
    "",
  ].join("\n");
}
