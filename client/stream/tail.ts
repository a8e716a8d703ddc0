import { ChatError } from "../../room/errors.ts";
import type { Chat, ShownNote } from "../chat.ts";
import { ConnectionReport } from "./connection_report.ts";
import { PipeProbe } from "./pipe_probe.ts";

/** The options for following a room. */
export interface TailOptions {
  /** Formats a note of `room` as one line or several. */
  readonly format: (note: ShownNote, room: string) => string;
  /** Prints notes; resolves when they are written. */
  readonly print: (text: string) => Promise<void>;
  /** Reports a line about the connection, or about lost notes. */
  readonly report: (line: string) => void;
  /** The number of notes to end after. Default: no end. */
  readonly count?: number | undefined;
  /** Whether only a server with positions can start where it was asked to. */
  readonly needsPositions: boolean;
  /** Whether to find out with a {@linkcode PipeProbe} that nobody reads the output any more. */
  readonly probe: boolean;
  /** Leaves the chat. */
  readonly left: AbortController;
}

/**
 * Prints the notes of a chat until it is left, has ended, or `count` notes are printed.
 *
 * @throws {ChatError} when the server does not admit us any more, or cannot start at the requested
 *   note.
 * @throws {Error} if `print` does.
 */
export async function tail(chat: Chat, options: TailOptions): Promise<void> {
  const { format, print, report, count = Infinity, needsPositions, probe, left } = options;
  let hangup: { readonly error: unknown } | undefined;
  const gone = (error: unknown) => {
    hangup = { error };
    left.abort();
  };
  using printer = probe ? new PipeProbe({ print, gone }) : undefined;
  const connection = new ConnectionReport(report);
  let room = ""; // The first event says which it is.
  let remaining = count;
  for await (const event of chat.events()) {
    if (event.type === "connected") {
      if (event.contract === "original" && needsPositions) {
        const why = "This server speaks the original contract: it sends all notes that it has";
        throw new ChatError("invalid", why);
      }
      room = event.room;
    }
    connection.record(event);
    if (event.type !== "notes") continue;
    const notes = event.notes.slice(0, remaining);
    const text = notes.map((note) => `${format(note, room)}\n`).join("");
    await (printer ?? { print }).print(text);
    remaining -= notes.length;
    if (remaining === 0) return;
  }
  if (hangup) throw hangup.error;
}
