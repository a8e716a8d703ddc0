import { checkReason, MAX_REASON_CHARS, type ModerationCommand } from "../../../room/moderation.ts";
import { foldName } from "../../../room/note.ts";
import { DURATION_BOUNDS, parseDuration } from "../../../text/duration.ts";
import { escapeText } from "../../../text/escape.ts";
import { ownedNameLines } from "../../render/owned_names.ts";
import { renderAnswer } from "../../render/render.ts";
import { sanctionLines } from "../../render/sanctions.ts";
import {
  invalidArgument,
  NAME,
  NO_ARGUMENTS,
  parseName,
  parseQuoted,
  PERSON,
  quoteName,
  splitName,
  truncateArgument,
} from "./arguments.ts";
import {
  type CommandArguments,
  type CommandContext,
  type SlashCommand,
  slashCommand,
} from "./slash_command.ts";

const QUOTES = "Quote a name that contains spaces.";
const TARGET = "NAME is a person in a room, the owner of a name, a fingerprint or an IP " +
  `address. ${QUOTES} The command applies to their key; without one, to everybody without a key ` +
  "at their address.";
const REASON = `They see the reason, which has up to ${MAX_REASON_CHARS} characters.`;
const TIME = `TIME is ${DURATION_BOUNDS} (90s, 30m, 12h, 7d); the default is forever. Without ` +
  "TIME, quote a reason of one word or with a number in it, so that no mistyped TIME becomes " +
  "forever.";

/** The arguments of a sanction. */
const SANCTION: CommandArguments<Omit<ModerationCommand, "action">> = {
  usage: "NAME [TIME] [REASON]",
  completes: "names",
  parse: (typed) => {
    const [name, rest] = splitName(typed);
    const [, word = "", more = ""] = /^\s*(\S*)\s*(.*)$/s.exec(rest) ?? [];
    const spanMs = parseDuration(word);
    if (spanMs !== undefined) return { name, spanMs, reason: parseReason(more) };
    const reason = parseReason(rest);
    if (rest.trim() !== "") checkNotTime(reason, { isQuoted: reason !== rest.trim() });
    return { name, spanMs, reason };
  },
};

/** The commands for the operators of a server, in the order of the help. */
export const OPERATOR_COMMANDS: readonly SlashCommand[] = [
  slashCommand({
    name: "kick",
    args: {
      usage: "NAME [REASON]",
      completes: "names",
      parse: (typed) => {
        const [name, reason] = splitName(typed);
        return { name, reason: parseReason(reason) };
      },
    },
    summary: "remove a person from this room; they may come back",
    details: `${QUOTES} ${REASON}`,
    forOperators: true,
    run: (context, target) => order(context, { action: "kick", ...target }),
  }),
  imposing("mute", "refuse all notes of a person, in all rooms"),
  lifting("unmute", "lift a mute"),
  imposing("ban", "disconnect a person and refuse them from then on"),
  lifting("unban", "lift a ban"),
  slashCommand({
    name: "release",
    args: PERSON,
    summary: "free a name whose owner has lost the key",
    details:
      "The next key that joins under the name owns it. Private notes to it still belong to " +
      "its former owner. The owner must not be here under that name.",
    forOperators: true,
    run: (context, name) => order(context, { action: "release", name }),
  }),
  slashCommand({
    name: "owners",
    args: {
      usage: "[TEXT]",
      parse: (typed) => typed.trim() === "" ? "" : parseName(typed, "Name"),
    },
    summary: "list owned names and their owners",
    details: "With TEXT, only names that contain it, and names of the key whose fingerprint " +
      "starts with it. A name under which nothing was ever said is free again after its owner " +
      "has been away for a day.",
    forOperators: true,
    run: async (context, name) => {
      const { names, words } = await context.order({ action: "names", name });
      context.print(...ownedNameLines(names, Date.now()), ...indented(words));
    },
  }),
  slashCommand({
    name: "remove",
    args: { usage: "ROOM ROOM", parse: parseRoomTwice },
    summary: "remove a room and all its notes forever",
    details: "Type ROOM twice, because this cannot be undone; quote a name that contains spaces. " +
      "Everybody in the room is disconnected. You must be in another one.",
    forOperators: true,
    run: (context, name) => order(context, { action: "remove", name }),
  }),
  slashCommand({
    name: "lock",
    args: NO_ARGUMENTS,
    summary: "let only operators set the topic of this room",
    forOperators: true,
    run: (context) => lockTopic(context, "lock"),
  }),
  slashCommand({
    name: "unlock",
    args: NO_ARGUMENTS,
    summary: "let everybody with a key set the topic again",
    forOperators: true,
    run: (context) => lockTopic(context, "unlock"),
  }),
  slashCommand({
    name: "bans",
    args: NO_ARGUMENTS,
    summary: "list banned and muted people",
    forOperators: true,
    run: async (context) => {
      const { sanctions, words } = await context.order({ action: "list", name: "" });
      context.print(...sanctionLines(sanctions, Date.now()), ...indented(words));
    },
  }),
];

/** Has the server execute a command, and prints its answer. */
async function order(context: CommandContext, command: ModerationCommand): Promise<void> {
  const { words } = await context.order(command);
  context.print(renderAnswer(words));
}

/** Locks or unlocks the topic. Everybody in the room sees that, so there is no answer to print. */
async function lockTopic(context: CommandContext, action: "lock" | "unlock"): Promise<void> {
  await context.order({ action, name: "" });
}

/** Formats the server's remarks on a list. */
function indented(words: string): string[] {
  return words === "" ? [] : [`  ${escapeText(words)}`];
}

/** Makes a command that imposes a sanction, for a time or forever. */
function imposing(action: "ban" | "mute", summary: string): SlashCommand {
  return slashCommand({
    name: action,
    args: SANCTION,
    summary,
    details: `${TARGET} ${TIME} ${REASON}`,
    forOperators: true,
    run: (context, sanction) => order(context, { action, ...sanction }),
  });
}

/** Makes a command that lifts a sanction. */
function lifting(action: "unban" | "unmute", summary: string): SlashCommand {
  return slashCommand({
    name: action,
    args: NAME,
    summary,
    details: "NAME is a name, a fingerprint or an address that /bans shows.",
    forOperators: true,
    run: (context, name) => order(context, { action, name }),
  });
}

/**
 * Checks that a reason without a TIME before it contains none: a mistyped one, or one in the wrong
 * place, must not become a sanction forever. A reason of several words may have quotes to say so.
 */
function checkNotTime(reason: string, { isQuoted }: { readonly isQuoted: boolean }): void {
  const words = reason.split(/\s+/);
  const isAlone = words.length === 1;
  const number = words.find((word) => /^\P{L}*\p{N}/u.test(word)); // It may follow a sign or quote.
  if (isQuoted ? !isAlone || number === undefined : !isAlone && number === undefined) return;
  const word = (number ?? reason).replace(/^["“”„]+|["“”„]+$/g, "");
  const rule = parseDuration(word) === undefined
    ? `must be ${DURATION_BOUNDS}, with s, m, h or d`
    : "must follow NAME, without quotes";
  const hint = !isAlone
    ? " (quote a name with spaces, and a reason with a number)"
    : number === undefined
    ? " (quote a reason of one word)"
    : "";
  throw invalidArgument(`TIME "${truncateArgument(word)}" ${rule}${hint}`);
}

/** Parses a reason, which may be quoted as a whole. */
function parseReason(text: string): string {
  const reason = parseQuoted(text.trim());
  checkReason(reason);
  return reason;
}

function parseRoomTwice(typed: string): string {
  const [name, rest] = splitName(typed, "Room");
  const again = rest.trim() === "" ? undefined : splitName(rest, "Room");
  if (again && again[1].trim() === "" && foldName(again[0]) === foldName(name)) return name;
  const twice = `/remove ${quoteName(name)} ${quoteName(name)}`;
  throw invalidArgument(`Removing room "${name}" cannot be undone: to do it, type ${twice}`);
}
