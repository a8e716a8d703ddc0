import { maxWidth } from "../../text/width.ts";

/** Lays words out in rows of at most `columns` columns, without breaking one. */
export function wordColumns(words: readonly string[], columns: number): string[] {
  const rows: string[] = [];
  let used = 0;
  for (const word of words) {
    const width = maxWidth(word);
    if (rows.length > 0 && used + 2 + width <= columns) {
      rows.push(`${rows.pop()}  ${word}`);
      used += 2 + width;
    } else {
      rows.push(word);
      used = width;
    }
  }
  return rows;
}
