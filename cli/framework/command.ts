import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { joinExit } from "./exit.ts";
import { type Flags, parseFlags, type Values } from "./flags.ts";
import type { Output } from "./output.ts";

/** What a running command has of the world around it. */
export interface Context {
  /** How the person calls this program: what a command line to copy starts with. */
  readonly program: string;
  /** Where it writes. */
  readonly output: Output;
  /** Aborted when it is to finish. */
  readonly signal: AbortSignal;
  /** Has it finish: for who finds the terminal gone, of which no signal need tell. */
  readonly hangUp: () => void;
  /** Has a listener called whenever the process goes on after it was stopped. */
  readonly onContinue: (listener: () => void) => Disposable;
  /**
   * Has a listener called whenever the program is to read its files again. Until that is
   * disposed, what asks for it (SIGHUP) does not ask to finish.
   */
  readonly onReload: (listener: () => void) => Disposable;
  /**
   * Starts to listen to signals, and resolves once it does; a command waits for that before it says
   * that it is ready. Default: resolved.
   */
  readonly ready?: () => Promise<void>;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** A part of a manual: a heading, and rows of two columns. */
export interface Section {
  readonly heading: string;
  readonly rows: readonly (readonly [string, string])[];
}

/** The manual of a subcommand. */
export interface Manual {
  /** What it does, at length; an empty line starts another paragraph. */
  readonly description: string;
  /** Its flags, in the order of the help. */
  readonly flags: Flags;
  /** What else to know, after the flags. Default: nothing. */
  readonly sections?: readonly Section[];
  /** Arguments that work, each with what they are for. */
  readonly examples: readonly (readonly [args: string, purpose: string])[];
  /** What its exit codes mean. */
  readonly exits: readonly (readonly [code: number, meaning: string])[];
}

/** A subcommand, ready to be run and explained. */
export interface Command extends Manual {
  /**
   * Runs it with the arguments that follow its name, and returns the exit code.
   *
   * @throws {UsageError} if they cannot be understood.
   */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** What a subcommand is made of. */
export interface CommandSpec<F extends Flags> extends Manual {
  readonly flags: F;
  /** Does it. A `ChatError` that it throws is reported. */
  readonly run: (values: Values<F>, context: Context) => Promise<number>;
  /** The exit code behind a `ChatError`. Default: that the chat could not be joined. */
  readonly exitOf?: (code: ChatErrorCode) => number;
}

/** Makes a subcommand of its parts. */
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

/** A subcommand as the program knows it before it is loaded. */
export interface CommandEntry {
  /** What it is called on the command line. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Loads it with all that it stands on: what is not run costs no time to start. */
  readonly load: () => Promise<Command>;
}
