/**
 * Text that tries to control a terminal or to hide: no message may do that to a reader.
 *
 * @module
 */
export const HOSTILE_TEXTS: readonly string[] = [
  "\x1b[2J\x1b[1;1H",
  "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
  "\x1b]52;c;cm0gLXJm\x07",
  "\x1b]0;title\x07",
  "\x9b31mred\x9b0m",
  '\x1bP$q"p\x1b\\',
  "\x90dcs\x9c",
  "\x07bell",
  "rewritten\rafter",
  "a\b\b\bb",
  "\x7f\x00\x1f",
  "next\x85line",
  "abc\u202edef\u2066ghi\u2069",
  "zero\u200bwidth\ufeff\u2060",
  "line\u2028paragraph\u2029",
  "half \ud83d pair",
  "\u{e0041}tag",
  "\u3164\u115f",
  "\t- tab",
];

/** Matches characters that no rendered row may contain. */
export const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** Removes the sequences that this program itself uses for style, and no others. */
export function withoutStyle(row: string): string {
  const [first = "", ...parts] = row.split("\x1b");
  return first + parts.map((part) => {
    const [sequence] = /^\[(?:38;5;\d+|39|1|2|7|22|27)m/.exec(part) ?? [];
    return sequence ? part.slice(sequence.length) : `\x1b${part}`;
  }).join("");
}
