import { isAscii } from "../text/ascii.ts";
import { escapeCharacter, escapeText } from "../text/escape.ts";
import { ChatError } from "./errors.ts";
import { lazily } from "../text/lazy.ts";
import { isNameCharacter, isWritten, mixture } from "./scripts.ts";

/** What names are, for those whose name is refused. */
const RULE =
  "letters and digits, and between them one space, hyphen, apostrophe, dot or underscore";

/** Names of ASCII, which most are. */
const PLAIN = /^[A-Za-z0-9]+(?:(?: '?|\. |[-._'])[A-Za-z0-9]+)*$/;

/** An address, or what is nearly one. */
const ADDRESS = /^\p{Nd}+(?:\.\p{Nd}+)+$/u;

/** A fingerprint, or a key: 32 bytes in base64. */
const KEY = /^(?:[Ss][Hh][Aa]256|(?=.*\d)(?=.*[A-Z])(?=.*[a-z]).*[A-Za-z0-9]{43})/;

/** Vowels of Thai and Lao that NFKC takes apart, though nobody writes them so. */
const SARA_AM = /[\u0E33\u0EB3]/g;

/** A mark that is there twice. */
const TWICE = /(\p{Mn})\1/u;

/** Blanks but the space, marks that stand on nothing, and the quotes themselves. */
const UNSEEN = /(?! )\p{Zs}|\u2800|(?<![\p{L}\p{N}\p{S}\p{M}])\p{M}|[“”]/gu;

/** What stands between the letters and digits of a name. */
const JOIN = String.raw`[^\p{L}\p{M}\p{N}]`;

const AT_START = lazily(() => new RegExp(`^${JOIN}`, "u"));
const AT_END = lazily(() => new RegExp(`${JOIN}$`, "u"));

/** Two of them together, but for the dot of an initial and the apostrophe of `Gerard 't Hooft`. */
const IN_A_ROW = lazily(() => new RegExp(String.raw`(?!\. | ['’ʼ])${JOIN}{2}`, "u"));

/** A part of a syllable of Hangul, where NFC has made no whole one of it. */
const JAMO = /^[\u1100-\u11FF]$/;

const SIGN = String.raw`\p{sc=Hani}\p{scx=Hira}\p{scx=Kana}\p{sc=Bopo}\p{sc=Hang}`;

/** One sign of East Asia beside Latin letters, where it passes for one of them. */
const LONE = lazily(() =>
  new RegExp(
    String
      .raw`(?<=\p{sc=Latn}\p{Mn}*)[${SIGN}](?![${SIGN}])|(?<![${SIGN}])[${SIGN}](?=\p{sc=Latn})`,
    "u",
  )
);

/**
 * Checks a name that nobody has yet, or that of a room that there is not yet. The rule is strict,
 * so that no name hides anything, passes for another one, or reads like a line of the chat.
 * {@linkcode checkName} is for names that may be older than the rule.
 *
 * @throws {ChatError} `invalid`, naming the first fault.
 */
export function checkNewName(name: string, what: "Name" | "Room" = "Name"): void {
  const fault = findFault(name);
  if (fault === undefined) return;
  // Those too that a text may have, and without what looks like the closing quote.
  const shown = escapeText(name).replace(/\p{DI}/gu, escapeCharacter).replaceAll('"', '\\"');
  throw new ChatError("invalid", `${what} "${shown}" ${fault}`);
}

/**
 * Whether a name is clear without quotes in the text around it: it keeps to the rule for new names,
 * and is not the word by which a client shows its own person, as in `[ann → you]`.
 */
export function isPlainName(name: string): boolean {
  return findFault(name) === undefined && name.toLowerCase() !== "you";
}

/**
 * A name in quotes, for one that is older than the rule. Characters in it that could pass for the
 * closing quote, or that cannot be seen, are escaped.
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

/** Whether a text has what cannot be seen, or what is only another form of a character. */
function hasVariants(composed: string): boolean {
  const usual = composed.replace(SARA_AM, "");
  return /\p{DI}/u.test(composed) || usual !== usual.normalize("NFKC");
}

/** Why a text is none that names may be. */
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

/** Why a name may not have a character. */
function faultOfStranger(character: string): string {
  const usual = character.normalize("NFKC");
  if (isUnseen(character)) return `has ${named(character)}: names are ${RULE}`;
  if (JAMO.test(usual)) {
    return `has ${named(character)}, a part of a syllable: Hangul is written in whole ones`;
  }
  if (usual !== character && isWritten(usual.normalize("NFD"))) {
    const form = isAscii(usual) ? `"${usual}"` : named(usual);
    return `has ${named(character)}: it is another form of ${form}`;
  }
  return `has ${named(character)}: names are ${RULE}`;
}

/** Why words may not be joined as those of a name are; undefined if they may. */
function faultOfJoins(composed: string): string | undefined {
  const [start] = AT_START().exec(composed) ?? [];
  if (start !== undefined) return `begins with ${start === " " ? "a space" : `"${start}"`}`;
  const [end] = AT_END().exec(composed) ?? [];
  if (end !== undefined) return `ends with ${end === " " ? "a space" : `"${end}"`}`;
  const [both] = IN_A_ROW().exec(composed) ?? [];
  if (both === undefined) return undefined;
  return both === "  " ? "has two spaces in a row" : `has "${both}": only one of them is allowed`;
}

/** How many sets of ten digits a text has digits of. */
function digitSystems(text: string): number {
  const zeros = Array.from(text.matchAll(/\p{Nd}/gu), ([digit]) => {
    let zero = digit.codePointAt(0)!;
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
    return zero;
  });
  return new Set(zeros).size;
}

/** A character with its code; by the code alone where it is not seen, or reads like what follows. */
function named(character: string): string {
  const code = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  if (character === '"') return `a quote (${code})`;
  return isUnseen(character) ? `the invisible character ${code}` : `"${character}" (${code})`;
}

function isUnseen(character: string): boolean {
  return escapeText(character) !== character || /[\p{Zs}\u2800]/u.test(character);
}
