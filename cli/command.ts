import { flagRows, type Flags, parseFlags, type Values } from "./flags.ts";
import type { Output } from "./output.ts";

/** What a running command has of the world around it. */
export interface Context {
  /** How the person calls this program: what a command line to copy starts with. */
  readonly program: string;
  /** Where it writes. */
  readonly output: Output;
  /** Aborted when it is to finish. */
  readonly signal: AbortSignal;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** A subcommand, ready to be run and explained. */
export interface Command {
  /** What it is called on the command line. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Its `--help`. */
  help(): string;
  /**
   * Runs it with the arguments that follow its name, and returns the exit code.
   *
   * @throws {UsageError} if they cannot be understood.
   */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** What a subcommand is made of. */
export interface CommandSpec<F extends Flags> {
  /** What it is called on the command line. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What it does, at length. */
  readonly description: string;
  /** Its flags, in the order of the help. */
  readonly flags: F;
  /** Arguments that work, each with what they are for. */
  readonly examples: readonly (readonly [args: string, purpose: string])[];
  /** What its exit codes mean. */
  readonly exits: readonly (readonly [code: number, meaning: string])[];
  /** Does it. */
  readonly run: (values: Values<F>, context: Context) => Promise<number>;
}

/** Makes a subcommand of its parts. */
export function command<F extends Flags>(spec: CommandSpec<F>): Command {
  const { name, summary, description, flags, examples, exits } = spec;
  return {
    name,
    summary,
    help: () =>
      [
        `chat ${name}: ${summary}`,
        "",
        description,
        "",
        `Usage: chat ${name} [OPTIONS]`,
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
    run: (args, context) => spec.run(parseFlags(flags, args, context.env), context),
  };
}

/** Lays pairs out in two columns, two spaces in. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
