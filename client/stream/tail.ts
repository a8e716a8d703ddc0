import { ChatError } from "../../room/errors.ts";
import type { Chat, ShownNote } from "../chat.ts";
import { ConnectionReport } from "./connection_report.ts";
import { PipeProbe } from "./pipe_probe.ts";

/** How to follow a room. */
export interface TailOptions {
  /** Makes a line, or more of them, of a note that is in `room`. */
  readonly format: (note: ShownNote, room: string) => string;
  /** Takes notes; resolves when they are written. */
  readonly print: (text: string) => Promise<void>;
  /** Takes a line about the connection, or about notes that are gone. */
  readonly report: (line: string) => void;
  /** After how many notes to end. Default: never. */
  readonly count?: number | undefined;
  /** Whether the start is one that only a server with positions can give. */
  readonly needsPositions: boolean;
  /** Whether to find out by {@linkcode PipeProbe} that nobody reads any more. */
  readonly probe: boolean;
  /** Leaves the chat. */
  readonly left: AbortController;
}

/**
 * Prints the notes of a chat until it is left, has ended by itself, or `count` are printed.
 *
 * @throws {ChatError} when the server was never reached, will not have us, or cannot start there.
 * @throws what `print` throws.
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
  let room: string | undefined; // Known once connected.
  let remaining = count;
  for await (const event of chat.events()) {
    if (event.type === "connected") {
      if (event.contract === "original" && needsPositions) {
        const why = "This server speaks the original contract: it brings all that it has";
        throw new ChatError("invalid", why);
      }
      room = event.room;
    }
    connection.record(event);
    if (event.type !== "notes") continue;
    const notes = event.notes.slice(0, remaining);
    const text = notes.map((note) => `${format(note, room!)}\n`).join("");
    await (printer ?? { print }).print(text);
    remaining -= notes.length;
    if (remaining === 0) return;
  }
  if (hangup) throw hangup.error;
}
