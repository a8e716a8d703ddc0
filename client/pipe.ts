import process from "node:process";
import { createInterface } from "node:readline";
import { ChatError } from "../room/errors.ts";
import { visible } from "../room/visible.ts";
import type { Chat } from "./chat.ts";
import { renderEvent } from "./render.ts";

/** Where a chat without a terminal writes to. */
export interface PipeOutput {
  /** Takes what is said. */
  readonly print: (text: string) => Promise<void>;
  /** Takes everything else, a line each. */
  readonly report: (line: string) => void;
}

/**
 * How the lines fared: all were accepted (`done`), the server did not take some of them
 * (`rejected`), or it was gone before it had answered for all (`failed`).
 */
export type PipeOutcome = "done" | "rejected" | "failed";

/**
 * Chats through pipes: once connected, says each line of standard input that is not
 * blank, one after the other, and prints what is said meanwhile. Aborts `left` when the
 * input has ended and every line has been answered; lines not taken are reported.
 *
 * @throws {ChatError} when the server was never reached, or will not have us.
 */
export async function chatThroughPipes(
  chat: Chat,
  left: AbortController,
  { print, report }: PipeOutput,
): Promise<PipeOutcome> {
  let sending: Promise<PipeOutcome> | undefined;
  for await (const event of chat.events()) {
    if (event.type === "note") await print(`${renderEvent(event)}\n`);
    if (event.type === "connected") {
      sending ??= sayLines(chat, left.signal, report).finally(() => left.abort());
    }
    if (event.type === "disconnected") report(renderEvent(event));
  }
  return await (sending ?? "done");
}

async function sayLines(
  chat: Chat,
  left: AbortSignal,
  report: (line: string) => void,
): Promise<PipeOutcome> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  left.addEventListener("abort", () => lines.close(), { once: true });
  let outcome: PipeOutcome = "done";
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    try {
      await chat.say(line);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      report(`Line ${number} was not sent: ${visible(error.message)}`);
      if (error.code === "unavailable" || error.code === "timeout") return "failed";
      outcome = "rejected";
    }
  }
  return outcome;
}
