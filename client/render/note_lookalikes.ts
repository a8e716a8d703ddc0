/**
 * The starts of the chat's own lines, and patterns of texts that imitate them.
 *
 * @module
 */

/** The head of a note, with its time and its room if shown: `17:02 [ann] `, `* ann `. */
const HEAD =
  /^(?:(?:\d{4}-\d\d-\d\dT)?\d\d:\d\d(?::\d\d(?:Z|[+-]\d\d:\d\d))? )?(?:#[^[\]]* )?(?:\[[^[\]]*\] |\* )/;

const SPACE = String.raw`[\s\u2800]`;
const OPENING = "[\\[［⟦〚【〔⁅❲〖〘⦋]";
const CLOSING = "[\\]］⟧〛】〕⁆❳〗〙⦌]";
const INSIDE = String.raw`[^\[\]]{1,200}`;
const STAR = "[*＊﹡∗⁎⋆✱✳٭•]";
const DASHES = String.raw`[\p{Pd}─━═]{2}`;
const DATE = String.raw`\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}`;
const CLOCK = String
  .raw`\p{Nd}{1,2}[:：﹕∶꞉]\p{Nd}{2}(?::\p{Nd}{2})?(?:Z|[+-]\p{Nd}{2}:\p{Nd}{2})?`;
const TIME = `(?:${DATE}(?:T|${SPACE}))?${CLOCK}`;

/** Looks like a note without its time. */
const UNTIMED = `(?:${OPENING}${INSIDE}${CLOSING}${SPACE}|${STAR}${SPACE}\\S)`;

/**
 * Looks like a note with its time and the text after that, like a private note, like a line about
 * the chat, or like a note without its time that was moved to its place.
 */
const ALWAYS = [
  `${TIME}${SPACE}{0,8}(?:${OPENING}|${STAR})`,
  `(?<=${TIME}${SPACE}{0,8})(?:${OPENING}|${STAR})`,
  `${OPENING}${INSIDE}[→⟶➔➜⇒]`,
  `${DASHES}${SPACE}.{0,200}?${SPACE}${DASHES}`,
  `(?<=${SPACE}{3})${UNTIMED}`,
];

// A lookahead, because such texts may overlap.
const FALSE_HEAD = new RegExp(`(?=${ALWAYS.join("|")})`, "gu");
const FALSE_HEAD_WITHOUT_TIMES = new RegExp(`(?=${[...ALWAYS, UNTIMED].join("|")})`, "gu");

/** Returns the head of a note, with its time; empty for other lines. */
export function headOf(line: string): string {
  return HEAD.exec(line)?.[0] ?? "";
}

/**
 * Returns where a text, without its own head, looks as if another line of the chat began there. If
 * notes are shown with their times, no line without a time looks like a note.
 */
export function noteLookalikes(text: string, { timed }: { readonly timed: boolean }): Set<number> {
  const own = headOf(text).length;
  const found = text.matchAll(timed ? FALSE_HEAD : FALSE_HEAD_WITHOUT_TIMES);
  return new Set(found.map(({ index }) => index).filter((index) => index > 0 && index >= own));
}
