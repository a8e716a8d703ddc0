import type { Flag, Flags } from "../flags.ts";

/** A program as a shell completes it. */
export interface Program {
  /** Its name on the command line. */
  readonly name: string;
  /** Its subcommands. */
  readonly commands: readonly ProgramCommand[];
}

/** A subcommand as a shell completes it. */
export interface ProgramCommand {
  /** Its name on the command line. */
  readonly name: string;
  /** Its summary, in one line. */
  readonly summary: string;
  /** The flags that are given by name, and `--help`. */
  readonly options: readonly ProgramOption[];
  /** The operand, if it has one. */
  readonly operand?: Value;
}

/** A flag as a shell completes it. */
export interface ProgramOption {
  /** Its name, without the `--`. */
  readonly name: string;
  /** Its help, in a few words. */
  readonly help: string;
  /** Its value; a switch has none. */
  readonly value?: Value;
}

/** A value of a flag, or an operand. */
export interface Value {
  /** Its name in the help. */
  readonly name: string;
  /** One of a few words, a file, or any text. */
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
