import { isPrintableAscii } from "./ascii.ts";
import { lazily } from "./lazy.ts";

/** Scripts whose letters take a joiner or non-joiner between them to be spelt right. */
const JOINING_SCRIPTS =
  "Arab Syrc Mong Nkoo Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt".split(" ");
const JOINING = `[${JOINING_SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]`;

/** A picture with its skin tone, or with the selector for its emoji form. */
const PICTURE = String.raw`(?!\p{Cn})\p{ExtPict}[\uFE0F\p{EMod}]{0,2}`;

/**
 * What cannot be seen by itself and belongs to what is written, matched before the rule that
 * escapes the rest of its kind: emoji sequences with joiners, subdivision flags, joiners in
 * scripts that need them, Arabic signs over the numbers that follow, and the selectors of a
 * variant, one after a character that has variants.
 */
const WRITTEN = [
  String.raw`${PICTURE}(?:\u200D${PICTURE})+`,
  String.raw`\u{1F3F4}[\u{E0061}-\u{E007A}\u{E0030}-\u{E0039}]+\u{E007F}`,
  `(?<=${JOINING})[\\u200C\\u200D](?=${JOINING})`,
  String.raw`[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}](?=[\p{Nd}\p{L}])`,
  String.raw`(?<=[0-9#*])\uFE0F(?=\u20E3)`,
  String.raw`(?<=(?![0-9#*])\p{Emoji})[\uFE0E\uFE0F]`,
  String.raw`(?<=\p{sc=Hani})[\uFE00-\uFE02\u{E0100}-\u{E01EF}]`,
  String.raw`(?<=\p{sc=Mong})[\u180B-\u180D\u180F]`,
].join("|");

/**
 * Characters that a terminal acts on or that nobody can see: controls (C0, DEL, C1), format
 * characters (bidi controls, zero widths, tags), lone surrogates, private use and what is not
 * assigned (`C`), line and paragraph separators, and what is drawn as nothing: default
 * ignorables, the place of an object, and the head of a note that has none.
 */
const HIDDEN = String.raw`[\p{C}\p{Zl}\p{Zp}\p{DI}\uFFFC\u{1D159}]`;

// Most texts are ASCII, and need neither; it takes milliseconds to make them.
const ANY_HIDDEN = lazily(() => new RegExp(HIDDEN, "u"));
const WRITTEN_OR_HIDDEN = lazily(() => new RegExp(`${WRITTEN}|(${HIDDEN})`, "gu"));

/**
 * Shows every character that could drive a terminal or hide from the reader as an
 * escape (`\n`, `\x1b`, `\u202e`), and leaves all other text as it is. The result is
 * one line and holds no control character.
 */
export function escapeText(text: string): string {
  return escapeHidden(text, escapeCharacter);
}

/** Writes every character that {@linkcode escapeText} does not leave as it is by `escapeCharacter`. */
export function escapeHidden(text: string, escape: (character: string) => string): string {
  if (isPrintableAscii(text) || !ANY_HIDDEN().test(text)) return text;
  return text.replace(
    WRITTEN_OR_HIDDEN(),
    (match, hidden?: string) => hidden ? escape(hidden) : match,
  );
}

/** A character as an escape, as in JavaScript. */
export function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const hex = character.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  if (hex.length <= 4) return `\\u${hex.padStart(4, "0")}`;
  return `\\u{${hex}}`;
}
