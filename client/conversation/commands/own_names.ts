import { escapeName } from "../../../room/note.ts";
import { escapeText } from "../../../text/escape.ts";
import { ownNameLines } from "../../render/owned_names.ts";
import { remark, renderAnswer, rule } from "../../render/render.ts";
import { NAME, NO_ARGUMENTS } from "./arguments.ts";
import { type SlashCommand, slashCommand } from "./slash_command.ts";

/** The commands about a person's own names. */
export const OWN_NAME_COMMANDS: readonly SlashCommand[] = [
  slashCommand({
    name: "whoami",
    args: NO_ARGUMENTS,
    summary: "show your key, and the names that are yours",
    details:
      "Your key owns each name that it was the first to speak under. Without a key, no name " +
      "is yours.",
    run: async (context) => {
      const { names, words } = await context.order({ action: "own", name: "" });
      const { name } = context.transcript;
      const [first] = names;
      if (!first) return context.print(remark("no name is yours"));
      const lines = [`key ${escapeText(first.key)}`, ...ownNameLines(names, Date.now())];
      if (words !== "") lines.push(escapeText(words));
      const head = name === undefined ? "your names" : `you are ${escapeName(name)}`;
      context.print(rule(head), ...lines.map((line) => `  ${line}`));
    },
  }),
  slashCommand({
    name: "drop",
    args: NAME,
    summary: "give back a name that is yours",
    details: "The next key that uses the name owns it. Its notes stay, and private notes to it " +
      "stay yours. To drop the name that you have now, take another one first.",
    run: async (context, name) => {
      const { words } = await context.order({ action: "drop", name });
      context.print(renderAnswer(words));
    },
  }),
];
