/** Lays words out in rows, without breaking one. */
export function wordColumns(words: readonly string[], columns: number): string[] {
  const rows: string[] = [];
  for (const word of words) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 2 + word.length <= columns) {
      rows.push(`${rows.pop()}  ${word}`);
    } else rows.push(word);
  }
  return rows;
}
