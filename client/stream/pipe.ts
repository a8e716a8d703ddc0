import type { Chat } from "../chat.ts";
import { renderNote } from "../render/render.ts";
import { ConnectionReport } from "./connection_report.ts";
import { readLines } from "./lines.ts";
import { type SendOutcome, SendWindow } from "./send_window.ts";
import { readStdin } from "./stdin.ts";

/** Where a chat without a terminal writes to. */
export interface PipeOutput {
  /** Takes what is said. */
  readonly print: (text: string) => Promise<void>;
  /** Takes everything else, a line each. */
  readonly report: (line: string) => void;
}

/**
 * Chats through pipes: once connected, says each line of standard input that is not
 * blank, in order, and prints what is said meanwhile. Aborts `left` when the input has
 * ended and every line has been answered; lines not taken are reported.
 *
 * @throws {ChatError} when the server was never reached, or will not have us.
 * @throws {TypeError} if the input is not UTF-8, once all before that has been answered.
 */
export async function chatThroughPipes(
  chat: Chat,
  left: AbortController,
  { print, report }: PipeOutput,
): Promise<SendOutcome> {
  let sending: Promise<void> | undefined;
  const window = new SendWindow({
    say: (text) => chat.say(text),
    report,
    left: left.signal,
  });
  const connection = new ConnectionReport(report);
  let printing = true;
  for await (const event of chat.events()) {
    if (event.type === "notes" && printing) {
      // Whoever read the output has gone: the lines are still to be sent.
      const rows = event.notes.flatMap((note) => renderNote(note));
      printing = await print(rows.map((row) => `${row}\n`).join("")).then(
        () => true,
        () => false,
      );
    }
    if (event.type === "connected") {
      sending ??= window.sayAll(readLines(readStdin(left.signal))).finally(() => left.abort());
      sending.catch(() => {}); // Thrown below, once we have left.
    }
    connection.record(event);
  }
  await sending;
  return window.outcome;
}
