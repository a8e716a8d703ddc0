import type { ShownNote } from "../../client/chat.ts";
import { DateLines } from "../../client/render/date_lines.ts";
import { renderNote } from "../../client/render/render.ts";
import { roomLabel } from "../../client/render/room_label.ts";
import { positionOf } from "../../client/render/row.ts";
import { PLAIN, style } from "../../client/render/style.ts";
import type { TimeFormat } from "../../client/render/time.ts";
import { maxWidth } from "../../text/width.ts";
import { terminalStyle } from "../flags/style.ts";
import type { Context } from "../framework/command.ts";
import { outputRows } from "../process/output_rows.ts";

/** The options of {@linkcode noteFormat}. */
interface NoteFormatOptions {
  /** The format of times. Default: `hm` on a terminal, and elsewhere `off`. */
  readonly time: TimeFormat | undefined;
  /** Whether a terminal gets no colors. */
  readonly noColor: boolean;
  /** Whether each row of a note begins with its room. Default false. */
  readonly isLabelled?: boolean;
  /** What follows the time of a note. Default: nothing. */
  readonly place?: "position" | "room and position";
}

/** Returns the function that formats notes as text for standard output. */
export async function noteFormat(
  { time, noColor, isLabelled = false, place }: NoteFormatOptions,
  { env }: Pick<Context, "env">,
): Promise<(note: ShownNote, room: string) => string> {
  const onTerminal = Deno.stdout.isTerminal();
  const view = {
    time: time ?? (onTerminal ? "hm" : "off"),
    style: onTerminal ? style(terminalStyle(noColor, env)) : PLAIN,
  };
  const rows = await outputRows({ timed: view.time !== "off" });
  const dates = view.time === "hm" ? new DateLines(Date.now()) : undefined; // The others need none.
  return (note, room) => {
    const before = isLabelled ? `${roomLabel(room)} ` : "";
    const date = dates?.before(note.time);
    const shown = renderNote(note, { ...view, place: place && placeOf(note, room, place) }).join(
      "\n",
    );
    return [
      ...(date ? rows(view.style.dim(date.text)) : []),
      ...rows(shown, maxWidth(before)).map((row) => before + row),
    ].join("\n");
  };
}

function placeOf(
  note: ShownNote,
  room: string,
  place: NonNullable<NoteFormatOptions["place"]>,
): string | undefined {
  const position = positionOf(note);
  return position && place === "room and position" ? `${roomLabel(room)} ${position}` : position;
}
