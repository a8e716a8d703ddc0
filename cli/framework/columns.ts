/** The width of the help, in characters: that of a terminal by default. */
const WIDTH = 80;

/** Lays out pairs in two columns, indented by two spaces; the right one wraps. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  const gap = " ".repeat(width + 4);
  return rows.flatMap(([left, right]) =>
    wrapped(right, WIDTH - gap.length).map((line, i) =>
      i === 0 ? `  ${left.padEnd(width)}  ${line}` : `${gap}${line}`
    )
  );
}

/** Breaks a text between words into lines of at most `width` characters. */
export function wrapped(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const line = lines.pop();
    if (line === undefined) lines.push(word);
    else if (line.length + 1 + word.length <= width) lines.push(`${line} ${word}`);
    else lines.push(line, word);
  }
  return lines;
}
