import { ChatError } from "../../room/errors.ts";
import { roomLabel } from "../render/room_label.ts";
import { remark } from "../render/render.ts";
import type { Chat } from "../chat.ts";
import { ConnectionReport, Outage } from "./connection_report.ts";
import { NotePrinter } from "./note_printer.ts";
import { printNotes, type TailOptions } from "./tail.ts";

/** The options of {@linkcode tailRooms}. */
export interface TailRoomsOptions extends TailOptions {
  /** Whether the chats end after the newest note, so that none may end before. */
  readonly untilNow: boolean;
}

/**
 * Prints the notes of the chats in several rooms, in the order in which they arrive, until all have
 * ended or `count` notes are printed. When the server ends one of them, it is reported, and the
 * others go on.
 *
 * @param chats The chats by their rooms.
 * @throws {ChatError} if the server has ended all of them; with `untilNow`, once it has ended one.
 * @throws {Error} if `print` does.
 */
export async function tailRooms(
  chats: ReadonlyMap<string, Chat>,
  options: TailRoomsOptions,
): Promise<void> {
  const { report, untilNow, left } = options;
  using printer = new NotePrinter(options);
  const outage = new Outage(report);
  let open = chats.size;
  await Promise.all(Array.from(chats, async ([room, chat]) => {
    const line = labelled(room, report);
    const connection = new ConnectionReport(line, outage);
    try {
      await printNotes(chat, printer, {
        ...options,
        onEvent: (event) => connection.record(event),
      });
    } catch (error) {
      open--;
      if (!(error instanceof ChatError) || untilNow || open === 0) {
        left.abort();
        throw error;
      }
      line(remark(error.message));
    } finally {
      connection.close();
    }
  }));
  printer.checkReader();
}

/** Returns a `report` that puts the room in front of each line. */
export function labelled(room: string, report: (line: string) => void): (line: string) => void {
  return (line) => report(`${roomLabel(room)} ${line}`);
}
