import { ChatError } from "../../../room/errors.ts";
import { NAME_FORM } from "../../../room/note.ts";
import { escapeText } from "../../../text/escape.ts";
import { formatList } from "../../../text/list.ts";
import { formatNumber } from "../../../text/number.ts";
import { suggest } from "../../../text/suggest.ts";
import { checkNoArgs, clip, invalidArgument, parseName, splitName } from "./args.ts";
import { BELL_MODES } from "./bell_mode.ts";
import { OPERATOR_COMMANDS } from "./operator.ts";
import type { Command, SlashCommand } from "./slash_command.ts";

/** What a typed line comes to: something to say, to do, or to tell the person. */
export type Line =
  | { readonly type: "say"; readonly text: string }
  | Command
  | { readonly type: "error"; readonly message: string };

/** How many notes `/history` shows. */
const HISTORY = { fallback: 100, min: 1, max: 10_000 };

/** How many notes `/history` may show, for the help. */
export const HISTORY_BOUNDS = `${formatNumber(HISTORY.min)} to ${formatNumber(HISTORY.max)}`;

const GENERAL_COMMANDS: readonly SlashCommand[] = [
  {
    name: "help",
    args: "[COMMAND]",
    summary: "show the commands, or what there is to know of one",
    get completes() {
      return [...SLASH_COMMANDS.keys()];
    },
    parse: (args) => {
      const about = args.trim().replace(/^\//, "").toLowerCase();
      if (about === "") return { type: "help" };
      if (!SLASH_COMMANDS.has(about)) {
        throw invalidArgument(`There is no command "/${clip(about)}"${suggestion(about) ?? ""}`);
      }
      return { type: "help", about };
    },
  },
  withoutArguments("who", "show who is here"),
  {
    name: "nick",
    args: "NAME",
    summary: "take another name",
    details: `NAME is ${NAME_FORM}.`,
    parse: (args) => ({ type: "nick", name: parseName(args, "Name") }),
  },
  {
    name: "me",
    args: "TEXT",
    summary: "say what you do: * ann waves",
    parse: (args) => ({ type: "me", text: parseText(args) }),
  },
  {
    name: "msg",
    args: "NAME TEXT",
    summary: "say something to one person only",
    details: "NAME is somebody who is in the room, or has spoken there lately; one with spaces " +
      'stands in quotes: /msg "Kim Min" hello. Whoever owns their name gets it later too; a ~name ' +
      "gets it now, or not at all: /msg ~ann hello is for an ann without a key only.",
    completes: "names",
    parse: (args) => {
      const [to, text] = splitName(args);
      return { type: "msg", to, text: parseText(text) };
    },
  },
  {
    name: "join",
    args: "ROOM",
    summary: "go to another room, made if there is none",
    details: `ROOM is ${NAME_FORM}.`,
    completes: "rooms",
    parse: (args) => ({ type: "join", room: parseName(args, "Room") }),
  },
  withoutArguments("rooms", "show the rooms there are"),
  {
    name: "history",
    args: "[N]",
    summary: `show the last N notes (${HISTORY_BOUNDS}; default ${HISTORY.fallback})`,
    parse: (args) => {
      const text = args.trim();
      const last = text === "" ? HISTORY.fallback : /^\d+$/.test(text) ? Number(text) : NaN;
      if (last >= HISTORY.min && last <= HISTORY.max) return { type: "history", last };
      throw invalidArgument(`N "${clip(text)}" must be a whole number from ${HISTORY_BOUNDS}`);
    },
  },
  withoutArguments("quiet", "hide who joins and leaves, or show it again"),
  {
    name: "bell",
    args: `[${BELL_MODES.join("|")}]`,
    summary: "ring for no notes, those that name you, or all",
    details: "Without an argument it tells when it rings. A /msg to you counts as naming you.",
    completes: BELL_MODES,
    parse: (args) => {
      const text = args.trim();
      if (text === "") return { type: "bell" };
      const mode = BELL_MODES.find((mode) => mode === text.toLowerCase());
      if (!mode) throw invalidArgument(`"${clip(text)}" must be ${formatList(BELL_MODES)}`);
      return { type: "bell", mode };
    },
  },
  withoutArguments("quit", "leave"),
];

/** All slash commands by their names, in the order of the help. */
export const SLASH_COMMANDS: ReadonlyMap<string, SlashCommand> = new Map(
  [...GENERAL_COMMANDS, ...OPERATOR_COMMANDS].map((command) => [command.name, command]),
);

/**
 * Reads a typed line. What starts with a slash is a command, and never said by accident, also
 * if a space slipped in before it: `//x` says `/x`. The error's message is one line, safe for
 * a terminal.
 */
export function parseLine(line: string): Line {
  const [, slipped] = /^\s+\/([^\s/]+)(?!\S)/.exec(line) ?? [];
  if (slipped !== undefined && isLike(slipped)) return parseLine(line.trimStart());
  if (line.startsWith("//")) return { type: "say", text: line.slice(1) };
  const [, word, args = ""] = /^\/(\S*)(?:\s(.*))?$/s.exec(line) ?? [];
  if (word === undefined) return { type: "say", text: line };
  const command = SLASH_COMMANDS.get(word.toLowerCase());
  try {
    if (!command) throw unknown(word);
    return command.parse(args);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    const usage = command ? `; usage: ${commandUsage(command)}` : "";
    return { type: "error", message: escapeText(error.message) + usage };
  }
}

/** The help: a line for each command, or what there is to know of one. */
export function helpLines(name?: string): string[] {
  const command = name === undefined ? undefined : SLASH_COMMANDS.get(name);
  if (command) {
    const { summary, details } = command;
    return [`${commandUsage(command)}: ${summary}`, ...(details === undefined ? [] : [details])];
  }
  const width = Math.max(...GENERAL_COMMANDS.map((command) => commandUsage(command).length));
  const line = (command: SlashCommand) =>
    `  ${commandUsage(command).padEnd(width)}  ${command.summary}`;
  return [
    ...GENERAL_COMMANDS.map(line),
    "For operators of the server:",
    ...OPERATOR_COMMANDS.map(line),
    "To say something that starts with a slash, type two: //like this",
  ];
}

/** A command without arguments. */
function withoutArguments(name: "who" | "rooms" | "quiet" | "quit", summary: string): SlashCommand {
  const parse = (args: string): Command => {
    checkNoArgs(name, args);
    return { type: name };
  };
  return { name, args: "", summary, parse };
}

function parseText(text: string): string {
  if (text.trim() === "") throw invalidArgument("TEXT is missing");
  return text;
}

function isLike(word: string): boolean {
  return suggest(word.toLowerCase(), SLASH_COMMANDS.keys()) !== undefined;
}

function unknown(word: string): ChatError {
  return invalidArgument(`Unknown command "/${clip(word)}"${suggestion(word) ?? SAY_IT}`);
}

/** The command that a word is most likely a slip of, for an error; undefined if none is near. */
function suggestion(word: string): string | undefined {
  if (word.includes("/")) return undefined;
  const near = suggest(word.toLowerCase(), SLASH_COMMANDS.keys());
  return near && ` (did you mean /${near}?)`;
}

const SAY_IT = ': to say it, start with "//"';

function commandUsage({ name, args }: SlashCommand): string {
  return args === "" ? `/${name}` : `/${name} ${args}`;
}
