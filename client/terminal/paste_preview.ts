import { formatCount } from "../../text/number.ts";
import { remark, renderDraft } from "../render/render.ts";

/** The number of rows of a paste that are previewed. */
const MAX_ROWS = 5;

/**
 * Formats a text with pastes as lines safe for a terminal, and asks whether to send it. It has no
 * name in front, so that nobody takes it for a note that was posted.
 */
export function previewPaste(text: string): string[] {
  const rows = renderDraft(text);
  const more = rows.length - MAX_ROWS;
  const size = `${formatCount(rows.length, "line")}, ${formatCount([...text].length, "character")}`;
  return [
    remark(`not sent yet: ${size}`),
    ...rows.slice(0, MAX_ROWS),
    ...(more > 0 ? [`    … and ${formatCount(more, "more line")}`] : []),
    remark("Enter sends one note, Ctrl-C drops it"),
  ];
}
