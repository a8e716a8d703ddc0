import { isPrintableAscii } from "./ascii.ts";
import { lazily } from "./lazy.ts";

/** Scripts in which a joiner or non-joiner between letters is part of correct spelling. */
const JOINING_SCRIPTS =
  "Arab Syrc Mong Nkoo Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt".split(" ");
const JOINING = `[${JOINING_SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]`;

/** A pictograph with its skin tone, or with the selector for its emoji form. */
const PICTURE = String.raw`(?!\p{Cn})\p{ExtPict}[\uFE0F\p{EMod}]{0,2}`;

/**
 * Invisible characters that belong to the text, matched before the rule that escapes the others:
 * emoji sequences with joiners, subdivision flags, joiners in scripts that need them, Arabic signs
 * over the following numbers, and single variation selectors after a character that has variants.
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
 * Characters that control a terminal or are invisible: controls (C0, DEL, C1), format characters
 * (bidi controls, zero widths, tags), lone surrogates, private use and unassigned (`C`), line and
 * paragraph separators, and characters drawn as nothing: default ignorables, the object replacement
 * character, and the null notehead.
 */
const HIDDEN = String.raw`[\p{C}\p{Zl}\p{Zp}\p{DI}\uFFFC\u{1D159}]`;

// Most texts are ASCII and need neither, and compiling them takes milliseconds.
const ANY_HIDDEN = lazily(() => new RegExp(HIDDEN, "u"));
const WRITTEN_OR_HIDDEN = lazily(() => new RegExp(`${WRITTEN}|(${HIDDEN})`, "gu"));

/**
 * Escapes every character that could control a terminal or hide from the reader (`\n`, `\x1b`,
 * `\u202e`), and leaves all other text as it is. The result is one line without control characters.
 */
export function escapeText(text: string): string {
  return escapeHidden(text, escapeCharacter);
}

/** Replaces every character that {@linkcode escapeText} would escape by the result of `escape`. */
export function escapeHidden(text: string, escape: (character: string) => string): string {
  if (isPrintableAscii(text) || !ANY_HIDDEN().test(text)) return text;
  return text.replace(
    WRITTEN_OR_HIDDEN(),
    (match, hidden?: string) => hidden ? escape(hidden) : match,
  );
}

/** Escapes a character as in JavaScript. */
export function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  const hex = character.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  if (hex.length <= 4) return `\\u${hex.padStart(4, "0")}`;
  return `\\u{${hex}}`;
}
