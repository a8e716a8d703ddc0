import type { Flag, Flags } from "../flags.ts";

/** A program as a shell completes it. */
export interface Program {
  /** What it is called on the command line. */
  readonly name: string;
  /** Its subcommands. */
  readonly commands: readonly ProgramCommand[];
}

/** A subcommand as a shell completes it. */
export interface ProgramCommand {
  /** What it is called on the command line. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The flags that are given by name, and `--help`. */
  readonly options: readonly ProgramOption[];
  /** What stands on the command line without a flag. */
  readonly operand?: Value;
}

/** A flag as a shell completes it. */
export interface ProgramOption {
  /** What it is called, without the `--`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly help: string;
  /** What follows it; nothing follows a switch. */
  readonly value?: Value;
}

/** What may stand in a place. */
export interface Value {
  /** What it is called in the help. */
  readonly name: string;
  /** One of a few words, a file, or whatever the person likes. */
  readonly kind: readonly string[] | "file" | "free";
}

/** Describes a subcommand by its table of flags. */
export function describeCommand(name: string, summary: string, flags: Flags): ProgramCommand {
  const options: ProgramOption[] = [];
  let operand: Value | undefined;
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.operand) operand = toValue(flag);
    else if (flag.value === undefined) options.push({ name, help: flag.help });
    else options.push({ name, help: flag.help, value: toValue(flag) });
  }
  options.push({ name: "help", help: "show the help" });
  return { name, summary, options, ...(operand && { operand }) };
}

function toValue({ value = "", choices, file }: Flag<unknown>): Value {
  return { name: value, kind: choices ?? (file ? "file" : "free") };
}

/** Quotes a text as one word for a shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
