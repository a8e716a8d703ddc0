import process from "node:process";
import { createInterface } from "node:readline";
import { ChatError } from "../room/errors.ts";
import { visible } from "../room/visible.ts";
import type { Chat } from "./chat.ts";
import { renderEvent } from "./render.ts";
import { Screen } from "./screen.ts";

/**
 * Chats on a terminal until the person leaves with Ctrl-D or Ctrl-C, which aborts `left`.
 *
 * @returns The lines that were still waiting for the server's answer then.
 * @throws {ChatError} when the server was never reached, or will not have us.
 */
export async function chatOnTerminal(chat: Chat, left: AbortController): Promise<string[]> {
  const readline = createInterface({ input: process.stdin, output: process.stdout, prompt: "> " });
  const screen = new Screen(readline);
  readline.on("close", () => left.abort());
  readline.on("SIGINT", () => readline.close());
  // Stopping this process alone would leave a parent that waits for it holding the terminal.
  readline.on("SIGTSTP", () => screen.print(["-- to stop this program, leave it with Ctrl-D --"]));
  readline.on("line", (line) => {
    readline.prompt();
    if (line.trim() === "") return;
    const said = say(line).finally(() => saying.delete(said));
    saying.add(said);
  });
  const saying = new Set<Promise<void>>();
  const unanswered: string[] = [];

  async function say(line: string): Promise<void> {
    try {
      await chat.say(line);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (left.signal.aborted) return void unanswered.push(line);
      const text = screen.restore(line) ? "" : `: ${visible(line)}`;
      screen.print([`-- not sent: ${visible(error.message)}${text} --`]);
    }
  }

  try {
    readline.prompt();
    for await (const event of chat.events()) screen.print(renderEvent(event));
  } finally {
    readline.close();
    process.stdout.write("\n");
  }
  await Promise.all(saying);
  return unanswered;
}
