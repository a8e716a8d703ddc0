import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { joinExit } from "./exit.ts";
import { type Flags, parseFlags, type Values } from "./flags.ts";
import type { Output } from "./output.ts";

/** The environment of a running command. */
export interface Context {
  /** The command that runs this program, for command lines that people copy. */
  readonly program: string;
  /** The output. */
  readonly output: Output;
  /** Aborted when the command must finish. */
  readonly signal: AbortSignal;
  /** Aborts `signal`. Called when the terminal is gone, which not every system signals. */
  readonly hangUp: () => void;
  /** Calls a listener whenever the process continues after a stop. */
  readonly onContinue: (listener: () => void) => Disposable;
  /**
   * Calls a listener whenever the program must read its files again: on SIGHUP, which does not
   * abort `signal` until the listener is disposed.
   */
  readonly onReload: (listener: () => void) => Disposable;
  /**
   * Starts to listen to signals, and resolves once it does; a command waits for that before it says
   * that it is ready. Default: resolved.
   */
  readonly ready?: (() => Promise<void>) | undefined;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** A section of a manual: a heading, and rows of two columns. */
export interface Section {
  readonly heading: string;
  readonly rows: readonly (readonly [string, string])[];
}

/** The manual of a subcommand. */
export interface Manual {
  /** The description; an empty line starts another paragraph. */
  readonly description: string;
  /** Its flags, in the order of the help. */
  readonly flags: Flags;
  /** Further sections, after the flags. Default: none. */
  readonly sections?: readonly Section[];
  /** Examples of arguments, each with its purpose. */
  readonly examples: readonly (readonly [args: string, purpose: string])[];
  /** The meanings of its exit codes. */
  readonly exits: readonly (readonly [code: number, meaning: string])[];
}

/** A subcommand, ready to be run and explained. */
export interface Command extends Manual {
  /**
   * Runs it with the arguments that follow its name, and returns the exit code.
   *
   * @throws {UsageError} if they are not valid.
   */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** The definition of a subcommand. */
export interface CommandSpec<F extends Flags> extends Manual {
  readonly flags: F;
  /** Runs it. A `ChatError` that it throws is reported. */
  readonly run: (values: Values<F>, context: Context) => Promise<number>;
  /** The exit code for a `ChatError`. Default: {@linkcode joinExit}. */
  readonly exitOf?: (code: ChatErrorCode) => number;
}

/** Makes a subcommand from its definition. */
export function command<F extends Flags>(
  { run, exitOf = joinExit, ...manual }: CommandSpec<F>,
): Command {
  return {
    ...manual,
    run: async (args, context) => {
      const values = parseFlags(manual.flags, args, context.env);
      try {
        return await run(values, context);
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        context.output.report(`error: ${escapeText(error.message)}`);
        return exitOf(error.code);
      }
    },
  };
}

/** A subcommand that is not loaded yet. */
export interface CommandEntry {
  /** Its name on the command line. */
  readonly name: string;
  /** The summary, in one line. */
  readonly summary: string;
  /** Loads it with its imports. Other commands then do not delay the start. */
  readonly load: () => Promise<Command>;
}
