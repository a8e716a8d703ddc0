import { checkReason, MAX_REASON_CHARS } from "../../../room/moderation.ts";
import { foldName } from "../../../room/note.ts";
import { DURATION_BOUNDS, parseDuration } from "../../../text/duration.ts";
import { checkNoArgs, invalidArgument, parseName, quoteName, splitName } from "./args.ts";
import type { SlashCommand } from "./slash_command.ts";

const QUOTES = "A name with spaces stands in quotes.";
const WHO = "NAME is somebody who is in a room, or the owner of the name; a fingerprint or an IP " +
  `address does as well. ${QUOTES} It holds for their key; without one, for all from their ` +
  "address without one.";
const REASON = `They are told the reason, which has up to ${MAX_REASON_CHARS} characters.`;
const SPAN = `TIME is ${DURATION_BOUNDS} (90s, 30m, 12h, 7d); without it, it holds for good.`;

/** The commands of those whom the server knows as its operators. */
export const OPERATOR_COMMANDS: readonly SlashCommand[] = [
  {
    name: "kick",
    args: "NAME [REASON]",
    summary: "send somebody out of this room; they may come back",
    details: `${QUOTES} ${REASON}`,
    completes: "names",
    parse: (args) => {
      const [name, reason] = splitName(args);
      return { type: "kick", name, reason: parseReason(reason) };
    },
  },
  sanction("mute", "refuse what somebody says, in all rooms"),
  lift("unmute", "let somebody speak again"),
  sanction("ban", "send somebody away, and let them in no more"),
  lift("unban", "let somebody in again"),
  {
    name: "release",
    args: "NAME",
    summary: "free a name whose owner has lost the key",
    details: "It belongs to the next key that joins under it. Whispers to it stay those of its " +
      "owner so far, who must not be here under that name.",
    completes: "names",
    parse: (args) => ({ type: "release", name: parseName(args, "Name") }),
  },
  {
    name: "names",
    args: "[TEXT]",
    summary: "show whose the names are, and since when",
    details: "Of those with TEXT in the name, or of the key whose fingerprint starts with TEXT. " +
      "A name under which nothing was ever said is free again once its owner has been away for a " +
      "day.",
    parse: (args) => ({
      type: "names",
      pattern: args.trim() === "" ? "" : parseName(args, "Name"),
    }),
  },
  {
    name: "remove",
    args: "ROOM ROOM",
    summary: "remove a room with all that was said in it, for good",
    details: "ROOM is said twice, as nothing brings it back; one with spaces stands in quotes. " +
      "Who is in it is sent away. You must be in another one.",
    parse: (args) => {
      const [name, rest] = splitName(args, "Room");
      const again = rest.trim() === "" ? undefined : splitName(rest, "Room");
      if (again && again[1].trim() === "" && foldName(again[0]) === foldName(name)) {
        return { type: "remove", name };
      }
      const twice = `/remove ${quoteName(name)} ${quoteName(name)}`;
      throw invalidArgument(`Removing room "${name}" cannot be undone: to do it, type ${twice}`);
    },
  },
  {
    name: "bans",
    args: "",
    summary: "show who is banned or muted",
    parse: (args) => {
      checkNoArgs("bans", args);
      return { type: "bans" };
    },
  },
];

/** A command by which somebody must not do something for a time, or for good. */
function sanction(type: "ban" | "mute", summary: string): SlashCommand {
  return {
    name: type,
    args: "NAME [TIME] [REASON]",
    summary,
    details: `${WHO} ${SPAN} ${REASON}`,
    completes: "names",
    parse: (args) => {
      const [name, rest] = splitName(args);
      const [, word = "", behind = ""] = /^\s*(\S*)\s*(.*)$/s.exec(rest) ?? [];
      const spanMs = parseDuration(word);
      // Not for good by a slip of the keys.
      if (spanMs === undefined && /^\d/.test(word)) {
        throw invalidArgument(`TIME "${word}" must be ${DURATION_BOUNDS}, with s, m, h or d`);
      }
      return { type, name, spanMs, reason: parseReason(spanMs === undefined ? rest : behind) };
    },
  };
}

/** A command that undoes such a one. */
function lift(type: "unban" | "unmute", summary: string): SlashCommand {
  return {
    name: type,
    args: "NAME",
    summary,
    details: "NAME is what /bans shows: the name, the fingerprint or the address.",
    parse: (args) => ({ type, name: parseName(args, "Name") }),
  };
}

function parseReason(text: string): string {
  const reason = text.trim();
  checkReason(reason);
  return reason;
}
