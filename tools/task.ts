import { columns } from "../cli/framework/columns.ts";
import { EXIT, UsageError } from "../cli/framework/exit.ts";
import {
  flagRows,
  type Flags,
  flagUsage,
  parseFlags,
  type Values,
} from "../cli/framework/flags.ts";
import { standardOutput } from "../cli/framework/output.ts";

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

/**
 * Runs a task with `args`, or prints its help, and returns the exit code. An unexpected error is a
 * failure of the task: it is reported with its stack.
 */
export async function runTask<F extends Flags>(
  task: Task<F>,
  args: readonly string[],
): Promise<number> {
  try {
    if (args.some((arg) => arg === "--help" || arg === "-h")) {
      await standardOutput.print(formatTaskHelp(task));
      return EXIT.done;
    }
    return await task.run(parseFlags(task.flags, args, () => undefined));
  } catch (error) {
    const isUsage = error instanceof UsageError;
    standardOutput.report(isUsage ? `error: ${error.message}` : `FAILED: ${stackOf(error)}`);
    return isUsage ? EXIT.usage : EXIT.failed;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** The texts of a task's help. */
interface TaskHelp extends Pick<Task<Flags>, "name" | "summary" | "flags"> {
  /** The arguments. Default: the flags and their operand. */
  readonly usage?: string;
}

/** Formats the `--help` of a task. */
export function formatTaskHelp(
  { name, summary, flags, usage = flagUsage(flags) }: TaskHelp,
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
