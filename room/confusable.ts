import table from "unhomoglyph/data.json" with { type: "json" };
import { isAscii } from "../text/ascii.ts";
import { ChatError } from "./errors.ts";
import { foldName } from "./note.ts";

/**
 * What the table lacks, as it is that of Unicode 13: letters that UTS #39 has found to be drawn
 * like Latin ones since, as far as names may have them, and the k of other alphabets.
 */
const MORE_PROTOTYPES: Readonly<Record<string, string>> = {
  "Ɍ": "R",
  "þ": "p",
  "ŋ": "n",
  "ɲ": "n",
  "κ": "k",
  "к": "k",
  "ш": "w",
  "џ": "u",
  "Һ": "h",
  "ӏ": "l",
  "յ": "j",
  "ղ": "n",
  "ւ": "i",
  "ة": "o",
  "ۃ": "o",
  "ട": "s",
  "င": "c",
  "ၚ": "c",
  "ፀ": "o",
  "០": "o",
  "ㄒ": "T",
  "ㄚ": "Y",
  "丅": "T",
  "丨": "l",
  "丫": "Y",
};

/**
 * The characters that a character is drawn like, by the whole table of UTS #39. Looked up in the
 * data as it is: a map made of it at the start takes longer than all names that are looked up.
 */
function charPrototype(char: string): string {
  return MORE_PROTOTYPES[char] ?? (table as Readonly<Record<string, string>>)[char] ?? char;
}

/**
 * Marks where letters have them on top: people pass over them, or leave them away. In other
 * scripts they are half of what is written.
 */
const MARKS =
  /(?<=[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{sc=Hebr}\p{sc=Arab}\p{sc=Zyyy}]\p{Mn}*)\p{Mn}/gu;

/**
 * What people pass over around a name, and clients add to it: the sign of the unverified in
 * front, how many sessions after it.
 */
const ADDED = /^[\p{P}~]+|(?:\(\d+\)|[\p{P}~])+$/gu;

/** Of these only letters that run together look like others. */
const PLAIN = /^[a-z]+$/;

/** The letters that are an I where a word begins with a capital. */
const FIRST_I = /(?<!\p{L})[i\u03B9\u0456]/gu;

/** Where an I passes for an l, a digit or a line for both. */
const OUT_OF_CASE = /[1|]|(?<=\p{L})[I\u0399\u0406\u04C0]/u;

/** Where what is drawn like an l passes for an I. */
const AMONG_CAPITALS = /l(?=\p{Lu})|(?<=\p{Lu}{2})l/u;

/**
 * What is left of a name for somebody who takes a quick look: names of one skeleton look
 * alike. Of no use to compare a name with itself in another case; that is `foldName()`.
 */
export function skeleton(name: string): string {
  return PLAIN.test(name) ? foldDigraphs(name) : prototypeSkeleton(toPrototype(name));
}

function prototypeSkeleton(drawn: string): string {
  const shape = foldName(drawn);
  return foldDigraphs(shape.replace(/[\s\p{P}]/gu, "") || shape);
}

function foldDigraphs(letters: string): string {
  return letters.replaceAll("rn", "m").replaceAll("vv", "w");
}

/** A name in the characters that all others are drawn like, without marks. */
function toPrototype(name: string): string {
  const allAscii = isAscii(name);
  const spelt = allAscii ? name : name.normalize("NFKD");
  const bare = spelt.replace(ADDED, "") || spelt;
  if (allAscii) return bare.replace(/[01I|]/g, charPrototype);
  const like = Array.from(bare, charPrototype).join("");
  return like.normalize("NFKD").replace(/\p{DI}/gu, "").replace(MARKS, "");
}

/** The skeletons by which a name is found: those of all cases that it may be written in. */
function indexSkeletons(name: string): Set<string> {
  const lower = name.toLowerCase();
  const skeletons = new Set([skeleton(lower)]).add(foldIAndL(skeleton(lower)));
  if (name !== lower) skeletons.add(skeleton(name));
  // Of ASCII only the I is another letter in capitals, and only the first I is in names.
  const first = lower.replace(FIRST_I, (i) => i.toUpperCase());
  if (first !== lower) skeletons.add(skeleton(first));
  if (!isAscii(name)) skeletons.add(skeleton(name.toUpperCase()));
  return skeletons;
}

/** The skeletons by which a name finds those that it looks like, as it is written. */
function lookupSkeletons(name: string): string[] {
  if (PLAIN.test(name)) return [foldDigraphs(name)];
  const letters = toPrototype(name);
  const skeleton = prototypeSkeleton(letters);
  const isDoubtful = OUT_OF_CASE.test(name.normalize("NFD")) || AMONG_CAPITALS.test(letters);
  return isDoubtful ? [skeleton, foldIAndL(skeleton)] : [skeleton];
}

/** A skeleton in which I and l are one. In capitals, so that it is none of the others. */
function foldIAndL(skeleton: string): string {
  return skeleton.replaceAll("i", "l").toUpperCase();
}

/** A name that is held, and what is known of its holder. */
export interface IndexedName<T> {
  /** The name, as it was written. */
  readonly name: string;
  /** The holder. */
  readonly holder: T;
}

/** Names that are held, to be found by any name that is the same or looks alike. */
export class NameIndex<T> {
  readonly #byFolded = new Map<string, IndexedName<T>>();
  readonly #bySkeleton = new Map<string, IndexedName<T>[]>();

  /** How many there are. */
  get size(): number {
    return this.#byFolded.size;
  }

  /** All holders, each as often as it holds a name. */
  *holders(): Generator<T> {
    for (const { holder } of this.#byFolded.values()) yield holder;
  }

  /** What is held under this very name, whatever its case. */
  get(name: string): IndexedName<T> | undefined {
    return this.#byFolded.get(foldName(name));
  }

  /** All that a person could take this name for, the name itself first. */
  confusables(name: string): ReadonlySet<IndexedName<T>> {
    const same = this.get(name);
    const alike = lookupSkeletons(name).flatMap((shape) => this.#bySkeleton.get(shape) ?? []);
    return new Set(same ? [same, ...alike] : alike);
  }

  /** Holds a name, which must not be held. */
  add(name: string, holder: T): IndexedName<T> {
    const held = { name, holder };
    this.#byFolded.set(foldName(name), held);
    for (const skeleton of indexSkeletons(name)) {
      const alike = this.#bySkeleton.get(skeleton);
      if (alike) alike.push(held);
      else this.#bySkeleton.set(skeleton, [held]);
    }
    return held;
  }

  /** Lets go of a name. */
  delete(name: string): void {
    const held = this.get(name);
    if (!held) return;
    this.#byFolded.delete(foldName(name));
    for (const skeleton of indexSkeletons(held.name)) {
      const others = this.#bySkeleton.get(skeleton)?.filter((each) => each !== held) ?? [];
      if (others.length > 0) this.#bySkeleton.set(skeleton, others);
      else this.#bySkeleton.delete(skeleton);
    }
  }
}

/** The refusal of a name because of one that is held. */
export function nameTaken(name: string, held: IndexedName<unknown>): ChatError {
  const alike = foldName(name) === foldName(held.name) ? "" : `: it looks like "${held.name}"`;
  return new ChatError("taken", `name "${name}" is taken${alike}`);
}
