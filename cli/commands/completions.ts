import { type Command, command, type CommandEntry, type Context } from "../framework/command.ts";
import { bashCompletions } from "../framework/completions/bash.ts";
import { fishCompletions } from "../framework/completions/fish.ts";
import { describeCommand, type Program } from "../framework/completions/program.ts";
import { zshCompletions } from "../framework/completions/zsh.ts";
import { EXIT } from "../framework/exit.ts";
import { choice } from "../framework/flag_kinds.ts";
import type { Values } from "../framework/flags.ts";

type Shell = "bash" | "zsh" | "fish";

const SCRIPTS: Readonly<Record<Shell, (program: Program) => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

const flags = {
  shell: choice<Shell, Shell>(["bash", "zsh", "fish"], {
    value: "SHELL",
    operand: "required",
    help: "the shell to complete for",
    fallback: "bash",
  }),
};

/** Returns `chat completions` for these commands. */
export const completions = (entries: readonly CommandEntry[]): Command =>
  command({
    description:
      `Prints a script that makes a shell complete commands, flags and their values when you press Tab. The
script completes the command name "chat", which is the name of the compiled program.`,
    flags,
    examples: [
      ["bash >> ~/.bashrc", "for bash"],
      ['zsh > "${fpath[1]}/_chat"', "for zsh"],
      ["fish > ~/.config/fish/completions/chat.fish", "for fish"],
    ],
    exits: [
      [EXIT.done, "done"],
      [EXIT.failed, "the output cannot be written"],
      [EXIT.usage, "the command line is wrong"],
    ],
    run: (values, context) => run(values, context, entries),
  });

async function run(
  { shell }: Values<typeof flags>,
  { output }: Context,
  entries: readonly CommandEntry[],
): Promise<number> {
  const commands = await Promise.all(
    entries.map(async ({ name, summary, load }) =>
      describeCommand(name, summary, (await load()).flags)
    ),
  );
  await output.print(SCRIPTS[shell]({ name: "chat", commands }));
  return EXIT.done;
}
