import { ChatError } from "./errors.ts";
import { foldName } from "./note.ts";

/**
 * Letters of other alphabets, and a few of the Latin one, that are drawn like one of ASCII:
 * the part of https://www.unicode.org/Public/security/latest/confusables.txt (UTS #39) that
 * whole names can be built of. What differs by case, width or marks alone is dealt with
 * before.
 */
const DRAWN_LIKE: Readonly<Record<string, string>> = {
  a: "аαɑ",
  b: "ЬƄ",
  c: "сϲᴄⲥ",
  d: "ԁ",
  e: "еҽꬲ",
  f: "ꬵẝք",
  g: "ɡᶃց",
  h: "һհ",
  i: "іιɩɪ",
  j: "јϳ",
  // In capitals I, and in many fonts 1 as well.
  l: "I1|ІӀӏΙǀⲒꓲ",
  n: "ոռ",
  o: "0оοσᴏօⲟ",
  p: "рρⲣ",
  q: "ԛգ",
  r: "гᴦⲅ",
  s: "ѕꜱ",
  u: "υսᴜ",
  v: "νѵᴠ",
  w: "ѡԝᴡա",
  x: "х",
  y: "уүγʏ",
  z: "ᴢ",
  A: "АΑꓮ",
  B: "ВΒꓐ",
  C: "СϹⲤꓚ",
  D: "ꓓ",
  E: "ЕΕꓰ",
  F: "ꓝ",
  G: "Ԍꓖ",
  H: "НΗⲎꓧ",
  J: "ЈͿꓙ",
  K: "КΚⲔꓗ",
  L: "ꓡ",
  M: "МΜⲘꓟ",
  N: "ΝⲚꓠ",
  O: "ОΟՕⲞꓳ",
  P: "РΡⲢꓑ",
  Q: "Ԛ",
  R: "ꓣ",
  S: "ЅՏꓢ",
  T: "ТΤⲦꓔ",
  U: "Սꓴ",
  V: "Ѵꓦ",
  W: "Ԝꓪ",
  X: "ХΧⲬꓫ",
  Y: "УҮΥꓬ",
  Z: "Ζꓜ",
};

const ASCII_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(DRAWN_LIKE).flatMap(([ascii, drawn]) => [...drawn].map((char) => [char, ascii])),
);

/** Marks on letters where they are small; in other scripts they are half of what is written. */
const MARKS = /(?<=[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{sc=Zyyy}]\p{Mn}*)\p{Mn}/gu;

/**
 * What people pass over around a name, and clients add to it: the sign of the unverified in
 * front, how many sessions behind.
 */
const ADDED = /^[\p{P}~]+|(?:\(\d+\)|[\p{P}~])+$/gu;

/** Scripts whose letters pass for those of one another, so that no name has letters of two. */
const SCRIPTS: readonly (readonly [name: string, letters: RegExp])[] = [
  ["Latin", /\p{sc=Latn}/u],
  ["Cyrillic", /\p{sc=Cyrl}/u],
  ["Greek", /\p{sc=Grek}/u],
  ["Armenian", /\p{sc=Armn}/u],
  ["Cherokee", /\p{sc=Cher}/u],
  ["Coptic", /\p{sc=Copt}/u],
  ["Lisu", /\p{sc=Lisu}/u],
];

/** Names of nothing but these look like themselves alone. */
const PLAIN = /^[a-qs-z]+$/;

/**
 * What is left of a name for somebody who takes a quick look: names of one skeleton look
 * alike. Of no use to compare a name with itself in another case; that is `foldName()`.
 */
export function skeletonOf(name: string): string {
  if (PLAIN.test(name)) return name;
  const bare = name.normalize("NFKD").replace(MARKS, "");
  const drawn = Array.from(bare, (char) => ASCII_OF.get(char) ?? char).join("");
  const shape = foldName(drawn).replace(/\s+/g, "").replaceAll("rn", "m");
  return shape.replace(ADDED, "") || shape;
}

/**
 * Checks that a name has no letters that are there to pass for others: those of Latin,
 * Cyrillic, Greek and their like do not go together in one name.
 *
 * @throws {ChatError} `invalid`, naming the scripts.
 */
export function checkScripts(name: string): void {
  const spelt = name.normalize("NFKC");
  const [one, other] = SCRIPTS.filter(([, letters]) => letters.test(spelt));
  if (!one || !other) return;
  throw new ChatError("invalid", `Name "${name}" mixes ${one[0]} and ${other[0]} letters`);
}

/** A name that is held, and what is known of its holder. */
export interface Held<T> {
  /** The name, as it was written. */
  readonly name: string;
  /** The holder. */
  readonly holder: T;
}

/** Names that are held, to be found by any name that is the same or looks alike. */
export class HeldNames<T> {
  readonly #byFolded = new Map<string, Held<T>>();
  readonly #bySkeleton = new Map<string, Set<Held<T>>>();

  /** How many there are. */
  get size(): number {
    return this.#byFolded.size;
  }

  /** All holders, each as often as it holds a name. */
  *holders(): Generator<T> {
    for (const { holder } of this.#byFolded.values()) yield holder;
  }

  /** What is held under this very name, whatever its case. */
  get(name: string): Held<T> | undefined {
    return this.#byFolded.get(foldName(name));
  }

  /** All that a person could take this name for, the name itself first. */
  alike(name: string): ReadonlySet<Held<T>> {
    const same = this.get(name);
    const alike = this.#bySkeleton.get(skeletonOf(name)) ?? [];
    return new Set(same ? [same, ...alike] : alike);
  }

  /** Holds a name, which must not be held. */
  add(name: string, holder: T): Held<T> {
    const held = { name, holder };
    this.#byFolded.set(foldName(name), held);
    const skeleton = skeletonOf(name);
    const alike = this.#bySkeleton.get(skeleton);
    if (alike) alike.add(held);
    else this.#bySkeleton.set(skeleton, new Set([held]));
    return held;
  }

  /** Lets go of a name. */
  delete(name: string): void {
    const held = this.get(name);
    if (!held) return;
    this.#byFolded.delete(foldName(name));
    const skeleton = skeletonOf(held.name);
    const alike = this.#bySkeleton.get(skeleton);
    alike?.delete(held);
    if (alike?.size === 0) this.#bySkeleton.delete(skeleton);
  }
}

/** The refusal of a name because of one that is held. */
export function taken(name: string, held: Held<unknown>): ChatError {
  const alike = foldName(name) === foldName(held.name) ? "" : `: it looks like "${held.name}"`;
  return new ChatError("taken", `name "${name}" is taken${alike}`);
}
