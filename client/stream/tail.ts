import { ChatError } from "../../room/errors.ts";
import type { Chat, ChatEvent, ShownNote } from "../chat.ts";
import { ConnectionReport } from "./connection_report.ts";
import { NotePrinter, type NotePrinterOptions } from "./note_printer.ts";

/** The options for following a room. */
export interface TailOptions extends NotePrinterOptions {
  /** Reports a line about the connection, or about lost notes. */
  readonly report: (line: string) => void;
  /** Whether only a server with positions can start where it was asked to. */
  readonly needsPositions: boolean;
}

/**
 * Prints the notes of a chat until it is left, has ended, or `count` notes are printed.
 *
 * @throws {ChatError} when the server does not admit us any more, or cannot start at the requested
 *   note.
 * @throws {Error} if `print` does.
 */
export async function tail(chat: Chat, options: TailOptions): Promise<void> {
  using printer = new NotePrinter(options);
  const connection = new ConnectionReport(options.report);
  await printNotes(chat, printer, {
    ...options,
    onEvent: (event) => connection.record(event),
  });
  printer.checkReader();
}

/** What {@linkcode printNotes} needs besides the printer. */
export interface PrintNotesOptions extends Pick<TailOptions, "needsPositions" | "left"> {
  /** Called with each event, with notes once they are printed. */
  readonly onEvent: (event: ChatEvent) => void;
}

/**
 * Prints the notes of one of the chats that share a printer, until it has ended or `left` is
 * aborted.
 *
 * @throws like {@linkcode tail}.
 */
export async function printNotes(
  chat: Chat,
  printer: NotePrinter,
  { needsPositions, left, onEvent }: PrintNotesOptions,
): Promise<void> {
  let room = ""; // The first event says which it is.
  for await (const event of chat.events()) {
    if (event.type === "connected") {
      if (event.contract === "original" && needsPositions) {
        const why = "This server speaks the original contract: it sends all notes that it has";
        throw new ChatError("invalid", why);
      }
      room = event.room;
    }
    if (event.type === "notes") await printer.print(event.notes, room);
    onEvent(event);
    // The loops keep the event until the next one comes: a quiet room must not keep its notes.
    if (event.type === "notes") (event.notes as ShownNote[]).length = 0;
    if (left.signal.aborted) return;
  }
}
