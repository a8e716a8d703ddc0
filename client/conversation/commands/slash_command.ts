import type { ModerationCommand } from "../../../room/moderation.ts";
import type { Person } from "../../../room/person.ts";
import type { RoomList } from "../../../room/room_list.ts";
import type { ModerationResult, SayOptions } from "../../chat.ts";
import type { BellMode } from "./bell_mode.ts";

/** Everything that a command can see and do. */
export interface CommandContext {
  /** All commands by their names, in the order of the help. */
  readonly commands: ReadonlyMap<string, SlashCommand>;
  /** The room as it is shown to the person. */
  readonly transcript: CommandTranscript;
  /** Whether the server is connected. */
  readonly connected: boolean;
  /** Prints lines, which must be safe for a terminal. */
  print(...lines: readonly string[]): void;
  /** Says something in the room; resolves once the server has accepted it. */
  say(text: string, options?: SayOptions): Promise<void>;
  /** Changes the person's name. */
  rename(name: string): Promise<void>;
  /** Goes to another room. */
  goTo(room: string): Promise<void>;
  /** Shows the newest notes of the room once more. */
  showHistory(count: number): Promise<void>;
  /** Searches the notes of the room, and shows those that have all of the words. */
  search(words: readonly string[]): Promise<void>;
  /** Shows the notes around a position of the room. */
  showAround(seq: number): Promise<void>;
  /** Asks for the list of rooms. */
  rooms(): Promise<RoomList>;
  /** Has the server execute a command for operators. */
  order(command: ModerationCommand): Promise<ModerationResult>;
  /** Leaves the chat. */
  quit(): void;
}

/** The part of a transcript that commands use. */
export interface CommandTranscript {
  /** The person's own name; undefined before the first connection. */
  readonly name: string | undefined;
  /** The room as the server spells it; undefined before the first connection. */
  readonly room: string | undefined;
  /** Whether the person is an operator of the server; undefined if it does not say. */
  readonly operator: boolean | undefined;
  /** Everybody in the room; empty if the server does not say. */
  readonly members: readonly Person[];
  /** The names of everybody in the room and of recent speakers, the latest speaker first. */
  readonly names: readonly string[];
  /** Whether joins and leaves are hidden. */
  quiet: boolean;
  /** The notes that ring the bell. */
  bell: BellMode;
}

/** Candidates for the completion of a command's first argument. */
export type Completes = "commands" | "names" | "rooms" | readonly string[];

/** The arguments of a command. */
export interface CommandArguments<T> {
  /** The arguments as the help shows them: `NAME [REASON]`. Empty for none. */
  readonly usage: string;
  /** Candidates for the first argument. Default: names are completed, as in any text. */
  readonly completes?: Completes;
  /** True if they contain a text for others, which must not be lost if it is refused. */
  readonly isMessage?: true;
  /**
   * Parses the text after the command's name.
   *
   * @throws {ChatError} `invalid`, with the argument that is wrong.
   */
  readonly parse: (typed: string) => T;
}

/** The definition of a command. */
export interface SlashCommandSpec<T> {
  /** The name, without the slash. */
  readonly name: string;
  /** Its arguments. */
  readonly args: CommandArguments<T>;
  /** A summary in a few words. */
  readonly summary: string;
  /** More details, for `/help NAME`. */
  readonly details?: string;
  /** True if the server executes it for operators only. */
  readonly forOperators?: true;
  /**
   * Executes the command.
   *
   * @throws {ChatError} if it fails.
   */
  readonly run: (context: CommandContext, args: T) => void | Promise<void>;
}

/** A command whose arguments have been parsed. */
export type PreparedCommand = (context: CommandContext) => void | Promise<void>;

/** A slash command, with the type of its arguments hidden. */
export interface SlashCommand extends Omit<SlashCommandSpec<never>, "args" | "run"> {
  /** The usage: `/kick NAME [REASON]`. */
  readonly usage: string;
  /** Its arguments, except how they are parsed. */
  readonly args: Omit<CommandArguments<never>, "parse">;
  /**
   * Parses the text after the name.
   *
   * @throws {ChatError} `invalid`, with the argument that is wrong.
   */
  readonly prepare: (typed: string) => PreparedCommand;
}

/** Makes a slash command from its definition. */
export function slashCommand<T>({ run, ...spec }: SlashCommandSpec<T>): SlashCommand {
  const { name, args } = spec;
  return {
    ...spec,
    usage: args.usage === "" ? `/${name}` : `/${name} ${args.usage}`,
    prepare: (typed) => {
      const parsed = args.parse(typed);
      return (context) => run(context, parsed);
    },
  };
}
