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
 * (`rejected`), or we left before it had answered for all (`failed`).
 */
export type PipeOutcome = "done" | "rejected" | "failed";

/** How many lines may wait for their answers. */
const MAX_UNANSWERED = 500;

/**
 * Chats through pipes: once connected, says each line of standard input that is not
 * blank, in order, and prints what is said meanwhile. Aborts `left` when the input has
 * ended and every line has been answered; lines not taken are reported.
 *
 * @throws {ChatError} when the server was never reached, or will not have us.
 */
export async function chatThroughPipes(
  chat: Chat,
  left: AbortController,
  { print, report }: PipeOutput,
): Promise<PipeOutcome> {
  let sending: Promise<PipeOutcome> | undefined;
  let printing = true;
  for await (const event of chat.events()) {
    if (event.type === "notes" && printing) {
      // Whoever read the output has gone: the lines are still to be sent.
      printing = await print(renderEvent(event).map((line) => `${line}\n`).join("")).then(
        () => true,
        () => false,
      );
    }
    if (event.type === "connected") {
      sending ??= sayLines(chat, left.signal, report).finally(() => left.abort());
    }
    if (event.type === "disconnected" || event.type === "lost") renderEvent(event).forEach(report);
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
  const outcomes = new Set<PipeOutcome>();
  let number = 0;
  const unanswered = new Set<Promise<void>>();
  for await (const line of lines) {
    const place = ++number;
    if (line.trim() === "") continue;
    const said: Promise<void> = chat.say(line).catch((error) => {
      if (!(error instanceof ChatError)) throw error;
      report(`Line ${place} was not sent: ${visible(error.message)}`);
      const gone = error.code === "unavailable" || error.code === "timeout";
      outcomes.add(gone ? "failed" : "rejected");
    }).finally(() => unanswered.delete(said));
    unanswered.add(said);
    if (unanswered.size >= MAX_UNANSWERED) await Promise.race(unanswered);
    if (outcomes.has("failed")) break;
  }
  await Promise.all(unanswered);
  return (["failed", "rejected"] as const).find((outcome) => outcomes.has(outcome)) ?? "done";
}
