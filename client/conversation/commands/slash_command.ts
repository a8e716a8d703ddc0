import type { ModerationCommand } from "../../../room/moderation.ts";
import type { Person } from "../../../room/person.ts";
import type { RoomList } from "../../../room/room_list.ts";
import type { Topic } from "../../../room/topic.ts";
import type { ModerationResult, SayOptions, ShownNote } from "../../chat.ts";
import type { Settings } from "./settings.ts";

/** Everything that a command can see and do. */
export interface CommandContext {
  /** All commands by their names, in the order of the help. */
  readonly commands: ReadonlyMap<string, SlashCommand>;
  /** The room as it is shown to the person. */
  readonly transcript: CommandTranscript;
  /** The rooms that the person has open, and the one of them that is in view. */
  readonly openRooms: readonly OpenRoom[];
  readonly current: OpenRoom;
  /** What the person wants to see and hear. */
  readonly settings: Settings;
  /** Whether the server is connected. */
  readonly connected: boolean;
  /** Prints lines, which must be safe for a terminal. */
  print(...lines: readonly string[]): void;
  /** Says something in the room, or another open one; resolves once the server has accepted it. */
  say(text: string, options?: SayOptions, room?: string): Promise<void>;
  /** Changes the person's name, in all open rooms or in none. */
  rename(name: string): Promise<void>;
  /** Opens rooms that are not open yet, and puts the first one in view. */
  join(rooms: readonly string[]): Promise<void>;
  /** Puts an open room in view. */
  view(room: string): void;
  /**
   * Leaves an open room.
   *
   * @throws {ChatError} `invalid`, if it is the last one.
   */
  part(room: string): void;
  /** Shows the newest notes of the room once more. */
  showHistory(count: number): Promise<void>;
  /** Searches the notes of the room, and shows those that have all of the words. */
  search(words: readonly string[]): Promise<void>;
  /** Shows the notes around a position of the room. */
  showAround(seq: number): Promise<void>;
  /** Asks for the list of rooms. */
  rooms(): Promise<RoomList>;
  /** Sets the topic of the room; an empty text removes it. */
  setTopic(text: string): Promise<void>;
  /** Has the server execute a command. */
  order(command: ModerationCommand): Promise<ModerationResult>;
  /** The people that the person ignores. */
  readonly ignored: CommandIgnored;
  /** The recipient of typed lines, safe for a terminal; undefined for everybody. */
  readonly queried: string | undefined;
  /**
   * Sends all lines from now on to one person, or to everybody.
   *
   * @param to The person as in {@linkcode SayOptions}.
   * @throws {ChatError} `missing`, if they are a person without a key who is not here.
   */
  query(to: string | undefined): void;
  /** Says something as a typed line does: to everybody, or to the person of {@linkcode query}. */
  sayHere(text: string): Promise<void>;
  /**
   * Answers the last private note of all rooms, where it came; resolves once the server has accepted
   * the answer.
   *
   * @throws {ChatError} `missing`, if there is none, its room is not open any more, or its author may
   * be somebody else by now.
   */
  reply(text: string): Promise<void>;
  /** Clears what is shown of the room in view. */
  clear(): void;
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
  /** The topic of the room, perhaps with an empty text; undefined if the server keeps no topics. */
  readonly topic: Topic | undefined;
  /** Everybody in the room; empty if the server does not say. */
  readonly members: readonly Person[];
  /** The names of everybody in the room and of recent speakers, the latest speaker first. */
  readonly names: readonly string[];
  /** Finds a person in the room, or else a recent speaker. */
  find(name: string): NamedPerson | undefined;
}

/** A room that the person has open. */
export interface OpenRoom {
  /** The name, as it is shown. */
  readonly room: string;
  /** The room as it is shown to the person. */
  readonly transcript: CommandTranscript;
  /** The notes of others since the person looked at it, and those that are for the person. */
  readonly missed: { readonly notes: number; readonly mentions: number };
}

/** A person under a name; `verified` is missing if the server does not report it. */
export type NamedPerson = Pick<ShownNote, "name" | "verified">;

/** The people that a person ignores. */
export interface CommandIgnored {
  /** Their names as they are typed: `ann`, or `~ann` for a person without a key. */
  readonly names: readonly string[];
  /** Whether somebody is ignored. */
  has(person: NamedPerson): boolean;
  /**
   * Ignores a person from now on.
   *
   * @throws {ChatError} `invalid`, if there are too many.
   */
  add(name: string): Promise<void>;
  /** Ignores `ann` and `~ann`, or `~ann` alone, no more; returns the names that were ignored. */
  remove(name: string): Promise<readonly string[]>;
}

/** Candidates for the completion of a command's first argument. */
export type Completes =
  | "commands"
  | "names"
  | "rooms"
  | "open rooms"
  | "ignored"
  | readonly string[];

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
  /** Further names, as people know them from other programs. */
  readonly aliases?: readonly string[];
  /** Words of other programs for which it is suggested, because they mean something similar. */
  readonly suggestedFor?: readonly string[];
  /** Its arguments. */
  readonly args: CommandArguments<T>;
  /** A summary in a few words. */
  readonly summary: string;
  /** More details, for `/help NAME`. */
  readonly details?: string;
  /** True if the server executes it for operators only. */
  readonly forOperators?: true;
  /** True if nothing of it may be kept in a file. */
  readonly isPrivate?: true;
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
