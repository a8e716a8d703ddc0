import { lazily } from "../text/lazy.ts";

/** How names are written in a script. Patterns are for text that is decomposed (NFD). */
interface Script {
  /** The characters that are its letters. */
  readonly letters: string;
  /** Marks that may follow a letter; default none. */
  readonly marks?: string;
  /** How many of them may. */
  readonly maxMarks?: number;
  /** A pattern of what else belongs to a letter, before it. */
  readonly before?: string;
  /** The same, after its marks. */
  readonly after?: string;
  /** Its own digits. */
  readonly digits?: string;
  /** What joins words besides {@linkcode JOINS}. */
  readonly joins?: string;
}

/** The accents of Europe's alphabets; not the marks that strike a letter through. */
const ACCENTS = String.raw`\u0300-\u0331`;

/** What follows a letter of Hebrew to make another sound of it. One after a letter is always that. */
const GERESH = String.raw`['’\u05F3\u05F4]`;

/**
 * The scripts of today's languages, as UTS #39 recommends them for identifiers. Where a script
 * has letters of phonetics and of old books as well, which pass for others, the letters that are
 * in use are listed.
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
  // Without the stroke that makes a word longer and says nothing.
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

/** Scripts that go together in one name, which UTS #39 calls "highly restrictive"; others do not. */
const TOGETHER: readonly (readonly string[])[] = [
  ["Latin", "Han", "Kana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];

/** What joins words: one of these, the dot and the space of an initial, or `Gerard 't Hooft`. */
const JOINS = String.raw`\-._'’ʼ·`;

/** A script of which all letters, marks and digits are in use. */
function whole(name: string): Script {
  const of = (kind: string) => String.raw`\p{scx=${name}}&&\p{${kind}}`;
  return { letters: of("L"), marks: of("M"), maxMarks: 5, digits: of("Nd") };
}

/** A pattern of one letter with what belongs to it, or one digit. */
function scriptUnit(
  { letters, marks, maxMarks = 0, before = "", after = "", digits }: Script,
): string {
  const letter = `${before}[${letters}]${marks ? `[${marks}]{0,${maxMarks}}` : ""}${after}`;
  return digits ? `${letter}|[${digits}]` : letter;
}

/** Patterns of whole names, one for each script, or scripts that go together. */
const WRITINGS = lazily(() => {
  const alone = Object.keys(SCRIPTS).filter((name) => !TOGETHER.flat().includes(name));
  return [...TOGETHER, ...alone.map((name) => [name])].map((names) => {
    const scripts = names.map((name) => SCRIPTS[name]!);
    const word = `(?:${scripts.map(scriptUnit).join("|")}|[0-9])+`;
    const own = scripts.map(({ joins = "" }) => joins).join("");
    return new RegExp(`^${word}(?:(?: ['’ʼ]?|\\. |[${JOINS}${own}])${word})*$`, "v");
  });
});

/** Each script's letters, and the digits that are of no other. */
const OWN = lazily(() =>
  Object.entries(SCRIPTS).map(([name, { letters, digits }]) => {
    const own = digits ? String.raw`[${letters}][\p{sc=${name}}&&\p{Nd}]` : letters;
    return [name, new RegExp(`[${own}]`, "v")] as const;
  })
);

/** Any character that names of some script may have. */
const ANY = lazily(() => {
  const sets = Object.values(SCRIPTS).flatMap(({ letters, marks, digits, joins }) => [
    `[${letters}]`,
    ...[marks, digits, joins].map((set) => set ? `[${set}]` : ""),
  ]);
  const more = `\\u1161-\\u1175\\u11A8-\\u11C2\\u30FC\\u05F3\\u05F4ʻ`;
  return new RegExp(`^[${sets.join("")} 0-9${JOINS}${more}]+$`, "v");
});

/** Whether a text is made of words of one script, or of some that go together. */
export function isWritten(decomposed: string): boolean {
  return WRITINGS().some((writing) => writing.test(decomposed));
}

/** Two scripts of a text that do not go together; undefined if there are none. */
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

/** Whether a character is of those that names are made of, whatever the script. */
export function isNameCharacter(decomposed: string): boolean {
  return ANY().test(decomposed);
}
