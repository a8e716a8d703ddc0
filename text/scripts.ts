import { lazily } from "./lazy.ts";

/** The rules for names in a script. Patterns are for decomposed text (NFD). */
interface Script {
  /** Its letters. */
  readonly letters: string;
  /** Marks that may follow a letter. Default: none. */
  readonly marks?: string;
  /** The most marks on a letter. */
  readonly maxMarks?: number;
  /** A pattern for characters that belong to a letter and precede it. */
  readonly before?: string;
  /** A pattern for characters that follow its marks. */
  readonly after?: string;
  readonly digits?: string;
  /** Characters that join words in addition to {@linkcode JOINS}. */
  readonly joins?: string;
}

/** The accents of European alphabets, without the marks that strike a letter through. */
const ACCENTS = String.raw`\u0300-\u0331`;

/** The geresh after a Hebrew letter, which changes its sound. It never joins words. */
const GERESH = String.raw`['’\u05F3\u05F4]`;

/**
 * The scripts of modern languages, as UTS #39 recommends them for identifiers. Some scripts also
 * have phonetic and historic letters that pass for others. There, the letters in use are listed.
 */
const SCRIPTS: Readonly<Record<string, Script>> = {
  Latin: {
    letters: "A-Za-zÆÐØÞßæðøþĐđĦħıŁłŊŋŒœŦŧƁƆƉƊƎ-ƒƔƖ-ƙƝƲ-ƴƷǝɃɄɌɍɓɔɖɗəɛɣɨɩɲʉʋʒẞꞍꞪ",
    marks: ACCENTS,
    maxMarks: 3,
    before: "ʻ?", // The okina of Hawaii.
  },
  Greek: {
    letters: String.raw`\u0391-\u03A1\u03A3-\u03A9\u03B1-\u03C9`,
    marks: String.raw`${ACCENTS}\u0342\u0345`,
    maxMarks: 3,
  },
  Cyrillic: {
    letters: String.raw`\u0400-\u045F\u0490-\u049B\u049E-\u04A5\u04A8-\u04B7\u04BA-\u04C0` +
      String.raw`\u04CF\u04D4\u04D5\u04D8\u04D9\u04E0\u04E1\u04E8\u04E9\u0524\u0525`,
    marks: ACCENTS,
    maxMarks: 3,
  },
  Armenian: { letters: String.raw`\u0531-\u0556\u0561-\u0586`, joins: String.raw`\u058A` },
  Hebrew: {
    letters: String.raw`\u05D0-\u05EA\u05EF-\u05F2`,
    marks: String.raw`\u05B0-\u05BD\u05BF\u05C1\u05C2\u05C7`,
    maxMarks: 4,
    after: `(?:${GERESH}|(?!${GERESH}))`,
    joins: String.raw`\u05BE`,
  },
  // Without the tatweel, which only stretches a word.
  Arabic: { ...whole("Arabic"), letters: String.raw`[\p{scx=Arabic}&&\p{L}]--\u0640` },
  Georgian: { letters: String.raw`\u10D0-\u10F0\u1C90-\u1CB0` },
  Han: { letters: String.raw`[\p{sc=Han}&&\p{L}]\u3006` },
  Kana: {
    letters: String.raw`\u3041-\u3096\u309D\u309E\u30A1-\u30FA\u30FD\u30FE`,
    marks: String.raw`\u3099\u309A`,
    maxMarks: 1,
    after: String.raw`\u30FC*`,
    joins: String.raw`\u30FB`,
  },
  Bopomofo: { letters: String.raw`\u3105-\u312F` },
  // A syllable is two or three letters.
  Hangul: {
    letters: String.raw`\u1100-\u1112`,
    after: String.raw`[\u1161-\u1175][\u11A8-\u11C2]?`,
  },
  Tibetan: { ...whole("Tibetan"), joins: String.raw`\u0F0B` },
  Bengali: whole("Bengali"),
  Devanagari: whole("Devanagari"),
  Ethiopic: whole("Ethiopic"),
  Gujarati: whole("Gujarati"),
  Gurmukhi: whole("Gurmukhi"),
  Kannada: whole("Kannada"),
  Khmer: whole("Khmer"),
  Lao: whole("Lao"),
  Malayalam: whole("Malayalam"),
  Myanmar: whole("Myanmar"),
  Oriya: whole("Oriya"),
  Sinhala: whole("Sinhala"),
  Tamil: whole("Tamil"),
  Telugu: whole("Telugu"),
  Thaana: whole("Thaana"),
  Thai: whole("Thai"),
};

/** Scripts that may be combined in one name ("highly restrictive" in UTS #39). No others may. */
const TOGETHER: readonly (readonly string[])[] = [
  ["Latin", "Han", "Kana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];

/** Characters that join words, besides the dot and space of an initial and `Gerard 't Hooft`. */
const JOINS = String.raw`\-._'’ʼ·`;

/** A script with all its letters, marks and digits in use. */
function whole(name: string): Script {
  const of = (kind: string) => String.raw`\p{scx=${name}}&&\p{${kind}}`;
  return { letters: of("L"), marks: of("M"), maxMarks: 5, digits: of("Nd") };
}

/** Returns a pattern for one letter with the characters that belong to it, or one digit. */
function scriptUnit(
  { letters, marks, maxMarks = 0, before = "", after = "", digits }: Script,
): string {
  const letter = `${before}[${letters}]${marks ? `[${marks}]{0,${maxMarks}}` : ""}${after}`;
  return digits ? `${letter}|[${digits}]` : letter;
}

/** Patterns for whole names, one for each script or combination of scripts. */
const WRITINGS = lazily(() => {
  const alone = Object.keys(SCRIPTS).filter((name) => !TOGETHER.flat().includes(name));
  return [...TOGETHER, ...alone.map((name) => [name])].map((names) => {
    const scripts = names.map((name) => SCRIPTS[name]!);
    const word = `(?:${scripts.map(scriptUnit).join("|")}|[0-9])+`;
    const own = scripts.map(({ joins = "" }) => joins).join("");
    return new RegExp(`^${word}(?:(?: ['’ʼ]?|\\. |[${JOINS}${own}])${word})*$`, "v");
  });
});

/** The letters of each script, and the digits that belong to no other. */
const OWN = lazily(() =>
  Object.entries(SCRIPTS).map(([name, { letters, digits }]) => {
    const own = digits ? String.raw`[${letters}][\p{sc=${name}}&&\p{Nd}]` : letters;
    return [name, new RegExp(`[${own}]`, "v")] as const;
  })
);

/** Any character that is allowed in names of some script. */
const ANY = lazily(() => {
  const sets = Object.values(SCRIPTS).flatMap(({ letters, marks, digits, joins }) => [
    `[${letters}]`,
    ...[marks, digits, joins].map((set) => set ? `[${set}]` : ""),
  ]);
  const more = `\\u1161-\\u1175\\u11A8-\\u11C2\\u30FC\\u05F3\\u05F4ʻ`;
  return new RegExp(`^[${sets.join("")} 0-9${JOINS}${more}]+$`, "v");
});

/** Whether a text is written in one script or an allowed combination. */
export function isWritten(decomposed: string): boolean {
  return WRITINGS().some((writing) => writing.test(decomposed));
}

/** Returns two scripts of a text that may not be combined; undefined if there are none. */
export function mixture(decomposed: string): readonly [string, string] | undefined {
  const names = OWN().filter(([, own]) => own.test(decomposed)).map(([name]) => name);
  const fits = (one: string, other: string) =>
    TOGETHER.some((names) => names.includes(one) && names.includes(other));
  for (const [i, one] of names.entries()) {
    const other = names.slice(i + 1).find((other) => !fits(one, other));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}

/** Whether a character is allowed in names of any script. */
export function isNameCharacter(decomposed: string): boolean {
  return ANY().test(decomposed);
}
