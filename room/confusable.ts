import table from "unhomoglyph/data.json" with { type: "json" };
import { isAscii } from "../text/ascii.ts";
import { ChatError } from "./errors.ts";
import { foldName } from "./note.ts";

/**
 * Additions to the table, which is that of Unicode 13: letters allowed in names that UTS #39 has
 * since listed as confusable with Latin ones, and the k of other alphabets.
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
 * The prototype of a character in the table of UTS #39. Looked up in the raw data: building a map
 * at the start would take longer than all lookups together.
 */
function charPrototype(char: string): string {
  return MORE_PROTOTYPES[char] ?? (table as Readonly<Record<string, string>>)[char] ?? char;
}

/**
 * Marks on letters of scripts in which readers ignore or omit them. In other scripts they are an
 * essential part of the text.
 */
const MARKS =
  /(?<=[\p{sc=Latn}\p{sc=Cyrl}\p{sc=Grek}\p{sc=Hebr}\p{sc=Arab}\p{sc=Zyyy}]\p{Mn}*)\p{Mn}/gu;

/**
 * Decoration that readers ignore, and that clients add: a leading `~` for an unverified name, a
 * trailing `(2)` for two sessions, and punctuation.
 */
const ADDED = /^[\p{P}~]+|(?:\(\d+\)|[\p{P}~])+$/gu;

/** Names in which only letters that run together can be confused. */
const PLAIN = /^[a-z]+$/;

/** Letters that become an I when a word is capitalized. */
const FIRST_I = /(?<!\p{L})[i\u03B9\u0456]/gu;

/** An I in a place where it passes for an l, or a digit or line that passes for both. */
const OUT_OF_CASE = /[1|]|(?<=\p{L})[I\u0399\u0406\u04C0]/u;

/** An l in a place where it passes for an I. */
const AMONG_CAPITALS = /l(?=\p{Lu})|(?<=\p{Lu}{2})l/u;

/**
 * The skeleton of a name: names with equal skeletons look alike at a glance. It does not compare a
 * name with itself in another case; use `foldName()` for that.
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

/** Replaces the characters of a name by their prototypes, and removes marks. */
function toPrototype(name: string): string {
  const allAscii = isAscii(name);
  const spelt = allAscii ? name : name.normalize("NFKD");
  const bare = spelt.replace(ADDED, "") || spelt;
  if (allAscii) return bare.replace(/[01I|]/g, charPrototype);
  const like = Array.from(bare, charPrototype).join("");
  return like.normalize("NFKD").replace(/\p{DI}/gu, "").replace(MARKS, "");
}

/** The skeletons under which a name is indexed: those of all cases it may be written in. */
function indexSkeletons(name: string): Set<string> {
  const lower = name.toLowerCase();
  const skeletons = new Set([skeleton(lower)]).add(foldIAndL(skeleton(lower)));
  if (name !== lower) skeletons.add(skeleton(name));
  // In ASCII only the I looks like another letter as a capital, and only the first I is a capital
  // in names.
  const first = lower.replace(FIRST_I, (i) => i.toUpperCase());
  if (first !== lower) skeletons.add(skeleton(first));
  if (!isAscii(name)) skeletons.add(skeleton(name.toUpperCase()));
  return skeletons;
}

/** The skeletons by which a name, as written, is looked up. */
function lookupSkeletons(name: string): string[] {
  if (PLAIN.test(name)) return [foldDigraphs(name)];
  const letters = toPrototype(name);
  const skeleton = prototypeSkeleton(letters);
  const isDoubtful = OUT_OF_CASE.test(name.normalize("NFD")) || AMONG_CAPITALS.test(letters);
  return isDoubtful ? [skeleton, foldIAndL(skeleton)] : [skeleton];
}

/** A skeleton that equates I and l. It is in capitals, so that it equals none of the others. */
function foldIAndL(skeleton: string): string {
  return skeleton.replaceAll("i", "l").toUpperCase();
}

/** A name in an index, with its holder. */
export interface IndexedName<T> {
  /** The name, as written. */
  readonly name: string;
  readonly holder: T;
}

/** An index of names that finds any name that is the same or looks alike. */
export class NameIndex<T> {
  readonly #byFolded = new Map<string, IndexedName<T>>();
  readonly #bySkeleton = new Map<string, IndexedName<T>[]>();

  /** The number of names. */
  get size(): number {
    return this.#byFolded.size;
  }

  /** Yields the holder of each name. */
  *holders(): Generator<T> {
    for (const { holder } of this.#byFolded.values()) yield holder;
  }

  /** Returns the entry for this name, whatever its case. */
  get(name: string): IndexedName<T> | undefined {
    return this.#byFolded.get(foldName(name));
  }

  /** Returns all entries that a person could confuse with this name, the name itself first. */
  confusables(name: string): ReadonlySet<IndexedName<T>> {
    const same = this.get(name);
    const alike = lookupSkeletons(name).flatMap((shape) => this.#bySkeleton.get(shape) ?? []);
    return new Set(same ? [same, ...alike] : alike);
  }

  /** Adds a name, which must not be in the index. */
  add(name: string, holder: T): IndexedName<T> {
    const entry = { name, holder };
    this.#byFolded.set(foldName(name), entry);
    for (const skeleton of indexSkeletons(name)) {
      const alike = this.#bySkeleton.get(skeleton);
      if (alike) alike.push(entry);
      else this.#bySkeleton.set(skeleton, [entry]);
    }
    return entry;
  }

  /** Removes a name. */
  delete(name: string): void {
    const entry = this.get(name);
    if (!entry) return;
    this.#byFolded.delete(foldName(name));
    for (const skeleton of indexSkeletons(entry.name)) {
      const others = this.#bySkeleton.get(skeleton)?.filter((each) => each !== entry) ?? [];
      if (others.length > 0) this.#bySkeleton.set(skeleton, others);
      else this.#bySkeleton.delete(skeleton);
    }
  }
}

/** Returns the error for a name that is taken or looks like a taken one. */
export function nameTaken(name: string, entry: Pick<IndexedName<unknown>, "name">): ChatError {
  const alike = foldName(name) === foldName(entry.name) ? "" : `: it looks like "${entry.name}"`;
  return new ChatError("taken", `name "${name}" is taken${alike}`);
}
