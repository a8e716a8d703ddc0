import { ChatError } from "../room/errors.ts";
import { visible } from "../room/visible.ts";
import { columns, wrapped } from "./columns.ts";
import type { CommandEntry } from "./commands.ts";
import { joinExit } from "./exit.ts";
import { flagRows, type Flags, parseFlags, usageOf, type Values } from "./flags.ts";
import type { Output } from "./output.ts";

/** What a running command has of the world around it. */
export interface Context {
  /** How the person calls this program: what a command line to copy starts with. */
  readonly program: string;
  /** Where it writes. */
  readonly output: Output;
  /** Aborted when it is to finish. */
  readonly signal: AbortSignal;
  /** Has a listener called whenever the process goes on after it was stopped. */
  readonly onContinue: (listener: () => void) => Disposable;
  /**
   * Has a listener called whenever the program is to read its files again. Until that is
   * disposed, what asks for it (SIGHUP) does not ask to finish.
   */
  readonly onReload: (listener: () => void) => Disposable;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** A subcommand, ready to be run and explained. */
export interface Command {
  /** Its flags, in the order of the help. */
  readonly flags: Flags;
  /** Its `--help`, under the name and summary by which the program knows it. */
  help(entry: Pick<CommandEntry, "name" | "summary">): string;
  /**
   * Runs it with the arguments that follow its name, and returns the exit code.
   *
   * @throws {UsageError} if they cannot be understood.
   */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** What a subcommand is made of. */
export interface CommandSpec<F extends Flags> {
  /** What it does, at length; an empty line starts another paragraph. */
  readonly description: string;
  /** Its flags, in the order of the help. */
  readonly flags: F;
  /** Arguments that work, each with what they are for. */
  readonly examples: readonly (readonly [args: string, purpose: string])[];
  /** What its exit codes mean. */
  readonly exits: readonly (readonly [code: number, meaning: string])[];
  /** Does it. A `ChatError` that it throws is reported: the chat could not be joined. */
  readonly run: (values: Values<F>, context: Context) => Promise<number>;
}

/** Makes a subcommand of its parts. */
export function command<F extends Flags>(spec: CommandSpec<F>): Command {
  const { description, flags, examples, exits } = spec;
  return {
    flags,
    help: ({ name, summary }) =>
      [
        `chat ${name}: ${summary}`,
        "",
        ...description.split("\n\n").flatMap((paragraph) => [...wrapped(paragraph), ""]),
        `Usage: chat ${name} ${usageOf(flags)}`,
        "",
        "Options:",
        ...columns([...flagRows(flags), ["--help, -h", "show this help"]]),
        "",
        "Examples:",
        ...columns(examples.map(([args, purpose]) => [`chat ${name} ${args}`, purpose])),
        "",
        "Exit codes:",
        ...columns(exits.map(([code, meaning]) => [String(code), meaning])),
      ].join("\n"),
    run: async (args, context) => {
      const values = parseFlags(flags, args, context.env);
      try {
        return await spec.run(values, context);
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        context.output.report(`error: ${visible(error.message)}`);
        return joinExit(error.code);
      }
    },
  };
}
