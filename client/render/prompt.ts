import { firstColumns } from "../../text/width.ts";

/**
 * Returns the prompt of the input line: `> `, or `@ann> ` if lines go to one person only, whose
 * name is safe for a terminal. It takes at most about half of a row.
 *
 * @param columns The number of characters in a row. Default 80.
 */
export function renderPrompt(person: string | undefined, columns = 80): string {
  if (person === undefined) return "> ";
  const start = firstColumns(person, Math.max(4, Math.floor(columns / 2) - 3));
  return `@${start}${start === person ? "" : "…"}> `;
}
