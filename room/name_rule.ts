import { isAscii } from "../text/ascii.ts";
import { escapeCharacter, escapeText } from "../text/escape.ts";
import { ChatError } from "./errors.ts";
import { lazily } from "../text/lazy.ts";
import { isNameCharacter, isWritten, mixture } from "../text/scripts.ts";

/** The rule for names, as shown to people. */
const RULE =
  "letters and digits, joined by single spaces, hyphens, apostrophes, dots or underscores";

/** ASCII names, which are the most common. */
const PLAIN = /^[A-Za-z0-9]+(?:(?: '?|\. |[-._'])[A-Za-z0-9]+)*$/;

/** An address, or nearly one. */
const ADDRESS = /^\p{Nd}+(?:\.\p{Nd}+)+$/u;

/** A fingerprint or a key: 32 bytes in base64. */
const KEY = /^(?:[Ss][Hh][Aa]256|(?=.*\d)(?=.*[A-Z])(?=.*[a-z]).*[A-Za-z0-9]{43})/;

/** Vowels of Thai and Lao that NFKC decomposes, although the composed form is the usual one. */
const SARA_AM = /[\u0E33\u0EB3]/g;

/** A repeated mark. */
const TWICE = /(\p{Mn})\1/u;

/** Blanks other than the space, marks without a base, and the quotes themselves. */
const UNSEEN = /(?! )\p{Zs}|\u2800|(?<![\p{L}\p{N}\p{S}\p{M}])\p{M}|[“”]/gu;

/** A character between the letters and digits of a name. */
const JOIN = String.raw`[^\p{L}\p{M}\p{N}]`;

const AT_START = lazily(() => new RegExp(`^${JOIN}`, "u"));
const AT_END = lazily(() => new RegExp(`${JOIN}$`, "u"));

/**
 * Two such characters in a row, except the dot of an initial and the apostrophe of `Gerard 't
 * Hooft`.
 */
const IN_A_ROW = lazily(() => new RegExp(String.raw`(?!\. | ['’ʼ])${JOIN}{2}`, "u"));

/** A part of a Hangul syllable that NFC did not compose. */
const JAMO = /^[\u1100-\u11FF]$/;

const SIGN = String.raw`\p{sc=Hani}\p{scx=Hira}\p{scx=Kana}\p{sc=Bopo}\p{sc=Hang}`;

/** A single East Asian sign next to a Latin letter, where it passes for one. */
const LONE = lazily(() =>
  new RegExp(
    String
      .raw`(?<=\p{sc=Latn}\p{Mn}*)[${SIGN}](?![${SIGN}])|(?<![${SIGN}])[${SIGN}](?=\p{sc=Latn})`,
    "u",
  )
);

/**
 * Checks a new name of a person or room. The rule is strict, so that no name hides anything, passes
 * for another one, or reads like a line of the chat. {@linkcode checkName} is for names that may be
 * older than the rule.
 *
 * @throws {ChatError} `invalid`, naming the first fault.
 */
export function checkNewName(name: string, what: "Name" | "Room" = "Name"): void {
  const fault = findFault(name);
  if (fault === undefined) return;
  // Also escapes characters that are allowed in texts, and quotes that would look like the closing
  // one.
  const shown = escapeText(name).replace(/\p{DI}/gu, escapeCharacter).replaceAll('"', '\\"');
  throw new ChatError("invalid", `${what} "${shown}" ${fault}`);
}

/**
 * Whether a name is clear in a sentence without quotes: it follows the rule for new names, and is
 * not the word that a client shows for its own user, as in `[ann → you]`.
 */
export function isPlainName(name: string): boolean {
  return findFault(name) === undefined && name.toLowerCase() !== "you";
}

/**
 * Puts a name in quotes, for one that is older than the rule. Characters in it that are invisible
 * or pass for the closing quote are escaped.
 */
export function quotedName(name: string): string {
  return `“${escapeText(name).replace(UNSEEN, escapeCharacter)}”`;
}

function findFault(name: string): string | undefined {
  if (ADDRESS.test(name)) return "looks like an address";
  if (KEY.test(name)) return "looks like a key";
  return PLAIN.test(name) ? undefined : faultOfText(name);
}

function faultOfText(name: string): string | undefined {
  const composed = name.normalize("NFC");
  const decomposed = composed.normalize("NFD");
  if (!isWritten(decomposed) || hasVariants(composed)) return faultOfCharacters(composed);
  if (TWICE.test(decomposed)) return "has a mark twice on one letter";
  if (digitSystems(composed) > 1) return "mixes digits of two scripts";
  const lone = LONE().exec(composed)?.[0];
  if (lone !== undefined) {
    return `has ${named(lone)} beside a Latin letter: put a space between them`;
  }
  return undefined;
}

/** Whether a text has invisible characters or variant forms of characters. */
function hasVariants(composed: string): boolean {
  const usual = composed.replace(SARA_AM, "");
  return /\p{DI}/u.test(composed) || usual !== usual.normalize("NFKC");
}

/** Returns why a text cannot be a name. */
function faultOfCharacters(composed: string): string {
  const strange = Array.from(composed).find((character) =>
    !isNameCharacter(character.normalize("NFD")) || hasVariants(character) || JAMO.test(character)
  );
  if (strange !== undefined) return faultOfStranger(strange);
  const decomposed = composed.normalize("NFD");
  const mixed = mixture(decomposed);
  if (mixed) return `mixes ${mixed.join(" and ")} letters`;
  if (/\p{M}{4}/u.test(decomposed)) return "has too many marks on one letter";
  return faultOfJoins(composed) ?? `must be ${RULE}`;
}

/** Returns why a name cannot contain a character. */
function faultOfStranger(character: string): string {
  const usual = character.normalize("NFKC");
  if (isUnseen(character)) return `has ${named(character)}: names are ${RULE}`;
  if (JAMO.test(usual)) {
    return `has ${named(character)}, a part of a syllable: write whole Hangul syllables`;
  }
  if (usual !== character && isWritten(usual.normalize("NFD"))) {
    const form = isAscii(usual) ? `"${usual}"` : named(usual);
    return `has ${named(character)}: it is another form of ${form}`;
  }
  return `has ${named(character)}: names are ${RULE}`;
}

/**
 * Returns why the characters that join words are not allowed as they are; undefined if they are.
 */
function faultOfJoins(composed: string): string | undefined {
  const [start] = AT_START().exec(composed) ?? [];
  if (start !== undefined) return `begins with ${start === " " ? "a space" : `"${start}"`}`;
  const [end] = AT_END().exec(composed) ?? [];
  if (end !== undefined) return `ends with ${end === " " ? "a space" : `"${end}"`}`;
  const [both] = IN_A_ROW().exec(composed) ?? [];
  if (both === undefined) return undefined;
  return both === "  " ? "has two spaces in a row" : `has "${both}": only one of them is allowed`;
}

/** The number of digit systems that a text uses. */
function digitSystems(text: string): number {
  const zeros = Array.from(text.matchAll(/\p{Nd}/gu), ([digit]) => {
    let zero = digit.codePointAt(0)!;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return zero;
  });
  return new Set(zeros).size;
}

/** Formats a character with its code, or by its code alone if it is invisible or a quote. */
function named(character: string): string {
  const code = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  if (character === '"') return `a quote (${code})`;
  return isUnseen(character) ? `the invisible character ${code}` : `"${character}" (${code})`;
}

function isUnseen(character: string): boolean {
  return escapeText(character) !== character || /[\p{Zs}\u2800]/u.test(character);
}
