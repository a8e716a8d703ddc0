/** A part of a row, and the classes of its style on the page. */
export interface StyledText {
  readonly text: string;
  readonly classes: readonly string[];
}

/** Select Graphic Rendition, as `style()` in `client/render/style.ts` writes it. */
// deno-lint-ignore no-control-regex -- that is what these sequences start with
const SGR = /\x1b\[([\d;]+)m/;

/** The classes of weights. An end has none. */
const WEIGHTS: Readonly<Record<string, readonly string[]>> = { 1: ["strong"], 2: ["dim"], 22: [] };

/** The classes of a mention, which a terminal reverses. */
const REVERSED: Readonly<Record<string, readonly string[]>> = { 7: ["named"], 27: [] };

/**
 * Splits a row that was rendered for a terminal into parts by style. The texts of others cannot
 * contain such sequences, because rendering escapes them.
 */
export function styledTexts(row: string): StyledText[] {
  const parts: StyledText[] = [];
  let color: readonly string[] = [];
  let weight: readonly string[] = [];
  let reversed: readonly string[] = [];
  for (const [index, part] of row.split(SGR).entries()) {
    if (index % 2 === 0) {
      if (part !== "") parts.push({ text: part, classes: [...color, ...weight, ...reversed] });
      continue;
    }
    const [, number] = /^38;5;(\d+)$/.exec(part) ?? [];
    if (number !== undefined) color = ["name", `c${number}`];
    else if (part === "39") color = [];
    else if (REVERSED[part]) reversed = REVERSED[part];
    else weight = WEIGHTS[part] ?? [];
  }
  return parts;
}
