import { checkName, guestName, isSameName, parseGuestName } from "../../../room/note.ts";
import { escapeText } from "../../../text/escape.ts";
import { remark } from "../../render/render.ts";
import { invalidArgument, parseQuoted, splitName, TEXT } from "./arguments.ts";
import { findRecipient } from "./find_recipient.ts";
import { type CommandContext, type SlashCommand, slashCommand } from "./slash_command.ts";

const REPLY = "reply";
const REPLY_ALIASES = ["r"];

/** The commands for talking with one person, or not at all, in the order of the help. */
export const TALK_COMMANDS: readonly SlashCommand[] = [
  slashCommand({
    name: REPLY,
    aliases: REPLY_ALIASES,
    args: TEXT,
    isPrivate: true,
    summary: "answer the last private note",
    details: "It goes to the author, also under a new name, in the room where the note came, and " +
      "never to somebody else: after a person without a key has left, it is refused.",
    run: (context, text) => context.reply(text),
  }),
  slashCommand({
    name: "query",
    suggestedFor: ["focus", "q"],
    isPrivate: true,
    args: {
      usage: "[NAME [TEXT]]",
      completes: "names",
      isMessage: true,
      parse: (typed) => {
        if (typed.trim() === "") return undefined;
        const [name, text] = splitName(typed);
        return { name, text: text.trim() === "" ? undefined : text };
      },
    },
    summary: "talk with one person alone, or stop doing so",
    details: "The prompt names the person, as in @ann>, and each line goes to them alone until " +
      "/query. Each room has its own. NAME is as for /msg; TEXT is said at once.",
    run: async (context, talk) => {
      const { queried, transcript } = context;
      if (talk) context.query(findRecipient(talk.name, transcript));
      else if (queried === undefined) context.print(remark("you talk with everybody here"));
      else context.query(undefined);
      if (talk?.text !== undefined) await context.sayHere(talk.text);
    },
  }),
  slashCommand({
    name: "ignore",
    suggestedFor: ["block"],
    args: {
      usage: "[NAME]",
      completes: "names",
      parse: (typed) => typed.trim() === "" ? undefined : parsePerson(typed),
    },
    summary: "hide a person's notes, or list ignored people",
    details:
      "Their notes, actions and private notes to you are hidden in all rooms of this chat, " +
      "also the next time, and ring nothing; so are their joins and leaves. A new name does not " +
      "help a person with a key while you see the change. ~NAME is a person without a key.",
    run: async (context, typed) => {
      if (typed === undefined) return context.print(remark(listIgnored(context)));
      const name = findIgnored(typed, context);
      await context.ignored.add(name);
      context.print(remark(`you ignore ${escapeText(name)}: /unignore shows their notes again`));
    },
  }),
  slashCommand({
    name: "unignore",
    suggestedFor: ["unblock"],
    args: { usage: "NAME", completes: "ignored", parse: parsePerson },
    summary: "show the notes of a person again",
    run: async (context, name) => {
      const removed = (await context.ignored.remove(name)).map(escapeText).join(" and ");
      if (removed === "") {
        throw invalidArgument(`You do not ignore "${name}": /ignore lists ignored people`);
      }
      context.print(remark(`you no longer ignore ${removed}; /history shows their notes`));
    },
  }),
];

/** Returns the text of a line that begins a `/reply`, sent or not; undefined for any other line. */
export function replyText(line: string): string | undefined {
  const [, word = "", text] = /^\s*\/(\S+)\s(.*)$/s.exec(line) ?? [];
  const isReply = [REPLY, ...REPLY_ALIASES].includes(word.toLowerCase());
  return isReply ? text : undefined;
}

/** Parses the name of a person, with a `~` or without. */
function parsePerson(typed: string): string {
  const name = parseQuoted(typed.trim());
  if (name === "") throw invalidArgument("NAME is missing");
  checkName(parseGuestName(name) ?? name);
  return name;
}

/** Returns the name of a person to ignore: with a `~` if they are known to have no key. */
function findIgnored(typed: string, { transcript, openRooms }: CommandContext): string {
  const guest = parseGuestName(typed);
  // They may be in another room only.
  const places = [transcript, ...openRooms.map((room) => room.transcript)];
  const person = places.map((place) => place.find(guest ?? typed)).find((one) => one !== undefined);
  const name = person?.name ?? guest ?? typed;
  if (isSameName(name, transcript.name)) throw invalidArgument("You cannot ignore yourself");
  return guest !== undefined || person?.verified === false ? guestName(name) : name;
}

function listIgnored({ ignored }: CommandContext): string {
  const names = ignored.names.map(escapeText);
  return names.length === 0 ? "you ignore nobody" : `you ignore ${names.join(", ")}`;
}
