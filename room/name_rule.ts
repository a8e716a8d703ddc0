import { ChatError } from "./errors.ts";
import { isNameCharacter, isWritten, mixture } from "./scripts.ts";
import { escape, visible } from "./visible.ts";

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

const SIGN = String.raw`\p{sc=Hani}\p{scx=Hira}\p{scx=Kana}\p{sc=Bopo}\p{sc=Hang}`;

/** One sign of East Asia beside Latin letters, where it passes for one of them. */
const LONE = new RegExp(
  String.raw`(?<=\p{sc=Latn}\p{Mn}*)[${SIGN}](?![${SIGN}])|(?<![${SIGN}])[${SIGN}](?=\p{sc=Latn})`,
  "u",
);

/**
 * Checks a name that nobody has yet, or that of a room that there is not yet. The rule is strict,
 * so that no name hides anything, passes for another one, or reads like a line of the chat.
 * {@linkcode checkName} is for names that may be older than the rule.
 *
 * @throws {ChatError} `invalid`, naming the first fault.
 */
export function checkNewName(name: string, what: "Name" | "Room" = "Name"): void {
  const fault = faultOf(name);
  if (fault === undefined) return;
  const shown = visible(name).replace(/\p{DI}/gu, escape); // Those too that a text may have.
  throw new ChatError("invalid", `${what} "${shown}" ${fault}`);
}

/**
 * Whether a name is clear without quotes in the text around it: it keeps to the rule for new names,
 * and is not the word by which a client shows its own person, as in `[ann → you]`.
 */
export function isPlainName(name: string): boolean {
  return faultOf(name) === undefined && name.toLowerCase() !== "you";
}

/**
 * A name in quotes, for one that is older than the rule. Characters in it that could pass for the
 * closing quote, or that cannot be seen, are escaped.
 */
export function quotedName(name: string): string {
  return `“${visible(name).replace(UNSEEN, escape)}”`;
}

function faultOf(name: string): string | undefined {
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
  const lone = LONE.exec(composed)?.[0];
  if (lone !== undefined) return `has "${lone}" (${codeOf(lone)}) alone beside Latin letters`;
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
    !isNameCharacter(character.normalize("NFD")) || hasVariants(character)
  );
  if (strange !== undefined) {
    return `has "${visible(strange)}" (${codeOf(strange)}): names are ${RULE}`;
  }
  const decomposed = composed.normalize("NFD");
  const mixed = mixture(decomposed);
  if (mixed) return `mixes ${mixed.join(" and ")} letters`;
  return /\p{M}{4}/u.test(decomposed) ? "has too many marks on one letter" : `must be ${RULE}`;
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

function codeOf(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
