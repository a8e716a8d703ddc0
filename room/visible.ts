/** Scripts whose letters take a joiner or non-joiner between them to be spelt right. */
const JOINING_SCRIPTS = [
  "Arab",
  "Syrc",
  "Mong",
  "Nkoo",
  "Deva",
  "Beng",
  "Guru",
  "Gujr",
  "Orya",
  "Taml",
  "Telu",
  "Knda",
  "Mlym",
  "Sinh",
  "Khmr",
  "Mymr",
  "Tibt",
]; // deno-fmt-ignore
const JOINING = `[${JOINING_SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]`;

/**
 * Format characters that belong to what is written, matched before the rule that
 * escapes the rest of their kind: emoji sequences with joiners, subdivision flags,
 * joiners in scripts that need them, and the Arabic signs that span numbers.
 */
const WRITTEN = [
  String.raw`\p{ExtPict}[\uFE0F\p{EMod}]*(?:\u200D\p{ExtPict}[\uFE0F\p{EMod}]*)+`,
  String.raw`\u{1F3F4}[\u{E0061}-\u{E007A}\u{E0030}-\u{E0039}]+\u{E007F}`,
  `(?<=${JOINING})[\\u200C\\u200D](?=${JOINING})`,
  String.raw`[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]`,
].join("|");

/**
 * Characters that a terminal acts on or that nobody can see: controls (C0, DEL, C1),
 * format characters (bidi controls, zero widths, tags), line and paragraph separators,
 * lone surrogates, and the Hangul fillers, which are letters drawn as nothing.
 */
const HIDDEN = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115F\u1160\u3164\uFFA0]`;

const WRITTEN_OR_HIDDEN = new RegExp(`${WRITTEN}|(${HIDDEN})`, "gu");

/**
 * Shows every character that could drive a terminal or hide from the reader as an
 * escape (`\n`, `\x1b`, `\u202e`), and leaves all other text as it is. The result is
 * one line and holds no control character.
 */
export function visible(text: string): string {
  return escapeHidden(text, escape);
}

/** Writes every character that {@linkcode visible} does not leave as it is by `escape`. */
export function escapeHidden(text: string, escape: (character: string) => string): string {
  return text.replace(
    WRITTEN_OR_HIDDEN,
    (match, hidden?: string) => hidden ? escape(hidden) : match,
  );
}

function escape(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const hex = character.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  if (hex.length <= 4) return `\\u${hex.padStart(4, "0")}`;
  return `\\u{${hex}}`;
}
