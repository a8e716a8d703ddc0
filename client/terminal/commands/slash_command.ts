import type { ModerationAction, ModerationCommand } from "../../../room/moderation.ts";
import type { BellMode } from "./bell_mode.ts";

/** What an operator asks for by a line that starts with a slash. */
export type OperatorCommand =
  | { readonly type: "bans" }
  | { readonly type: "names"; readonly pattern: string }
  | { readonly type: ModerationAction } & Omit<ModerationCommand, "action">;

/** What a person asks for by a line that starts with a slash. */
export type Command =
  | { readonly type: "help"; readonly about?: string }
  | { readonly type: "who" }
  | { readonly type: "nick"; readonly name: string }
  | { readonly type: "me"; readonly text: string }
  | { readonly type: "msg"; readonly to: string; readonly text: string }
  | { readonly type: "join"; readonly room: string }
  | { readonly type: "rooms" }
  | { readonly type: "history"; readonly last: number }
  | { readonly type: "quiet" }
  | { readonly type: "bell"; readonly mode?: BellMode }
  | { readonly type: "quit" }
  | OperatorCommand;

/** What the first argument of a command may be completed to. */
export type Completes = "names" | "rooms" | readonly string[];

/** A slash command: the table of them is what is parsed, completed and printed by `/help`. */
export interface SlashCommand {
  /** What it is called, without the slash. */
  readonly name: Command["type"];
  /** Its arguments, as the help shows them. */
  readonly args: string;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What there is to know of its arguments. */
  readonly details?: string;
  /** What its argument is. Default: free text, or nothing. */
  readonly completes?: Completes;
  /**
   * Makes a command of what follows its name.
   *
   * @throws {ChatError} `invalid`, naming what is wrong.
   */
  readonly parse: (args: string) => Command;
}
