import type { Chat } from "../chat.ts";
import { renderNote } from "../render/render.ts";
import { ConnectionReport } from "./connection_report.ts";
import { readLines } from "./lines.ts";
import { type SendOutcome, SendWindow } from "./send_window.ts";
import { readStdin } from "./stdin.ts";

/** The output of a chat without a terminal. */
export interface PipeOutput {
  /** Prints notes. */
  readonly print: (text: string) => Promise<void>;
  /** Reports everything else, a line each. */
  readonly report: (line: string) => void;
}

/**
 * Chats through pipes: says each line of standard input that is not blank, in order, while it
 * prints the notes that arrive. The chat paces itself. Aborts `left` when the input has ended and
 * every line has been answered; lines that were not accepted are reported.
 *
 * @throws {ChatError} when the server does not admit us any more.
 * @throws {TypeError} if the input is not UTF-8, once everything before that has been answered.
 */
export async function chatThroughPipes(
  chat: Chat,
  left: AbortController,
  { print, report }: PipeOutput,
): Promise<SendOutcome> {
  const window = new SendWindow({ say: (text) => chat.say(text), report });
  const sending = window.sayAll(readLines(readStdin(left.signal))).finally(() => left.abort());
  sending.catch(() => {}); // Thrown below, once we have left.
  const connection = new ConnectionReport(report);
  let printing = true;
  for await (const event of chat.events()) {
    connection.record(event);
    if (event.type !== "notes" || !printing) continue;
    const rows = event.notes.flatMap((note) => renderNote(note));
    // Once nobody reads the output, the lines must still be sent.
    printing = await print(rows.map((row) => `${row}\n`).join("")).then(
      () => true,
      () => false,
    );
  }
  await sending;
  return window.outcome;
}
