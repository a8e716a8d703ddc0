import { assert, assertEquals } from "@std/assert";
import type { Draft } from "../../../room/note.ts";
import { NoteQuery, type NoteQueryOptions } from "../../../room/search/note_query.ts";
import {
  type SearchedLog,
  searchLog,
  type SearchLogOptions,
} from "../../../room/search/search_log.ts";
import type { Log, Retention } from "../../../room/state/log.ts";
import { foldText } from "../../../text/fold_text.ts";
import { random } from "../random.ts";
import type { OpenLogStore } from "./logs.ts";
import { drafts } from "./notes.ts";

const EVERYTHING = { notes: 100_000, ageMs: Infinity, bytes: Infinity };

/** Turns that are over at once, so that a search takes as many as it can. */
const SHORT_TURNS = { next: () => Promise.resolve(), isOver: true };
/** One turn that is never over. */
const LONG_TURN = { next: () => Promise.resolve(), isOver: false };
/** Turns that are over in the middle of windows. */
const MIDDLING_TURNS = {
  asked: 0,
  next: () => Promise.resolve(),
  get isOver() {
    return this.asked++ % 100 === 0;
  },
};

/** The positions of the notes that a search finds, in its order. */
async function search(
  log: Log,
  query: string | NoteQueryOptions,
  options: Partial<SearchLogOptions> = {},
): Promise<number[]> {
  const wanted = new NoteQuery(typeof query === "string" ? { words: query.split(" ") } : query);
  const seqs: number[] = [];
  const place = { from: 1, before: Infinity, turns: SHORT_TURNS, ...options };
  for await (const { seq } of searchLog(log, wanted, place)) seqs.push(seq);
  return seqs;
}

/** Texts, each with the words that find it, and those that do not. */
const TEXTS: readonly [text: string, found: string[], not: string[]][] = [
  ["Disk is FULL", ["disk", "full disk", "ISK", "sk"], ["disks", "diskis", "full empty"]],
  ["100% of a_b\\c", ["100%", "a_b", "b\\c", "% _"], ["100_", "a%b", "%%", "a__b"]],
  ["배포가 실패했습니다", ["배포", "실패했", "배포 실패", "배포".normalize("NFD")], [
    "배포는",
    "배가",
  ]],
  ["배포".normalize("NFD"), ["배포", "포"], ["배포가"]],
  ["磁盘已满，请清理", ["磁盘", "已满", "清理 磁盘"], ["磁碟"]],
  ["ｄｉｓｋ ﬁlled Ⅷ", ["disk", "filled", "viii"], ["diskf"]],
  ["ｶﾞｽ カﾞ", ["ガス", "ガ"], ["カス"]],
  ["Straße ΟΔΟΣ ΟΔΟΣΑ", ["strasse", "STRASSE", "οδος", "ΟΔΟΣΑ"], ["strase"]],
  ["Ünïcode É e\u0301t", ["ünï", "É ét", "É"], ["uni", "e\u0301e"]],
  ["Привет, МИР", ["привет", "Мир"], ["пирвет"]],
  ["\u{1F600} \u{10400}", ["\u{1F600}", "\u{10428}"], ["\u{1F601}"]],
  ["zero\0width \x1e\x1d\x1f separators", ["zero", "width sep", "\x1e", "\x1d\x1f"], ["zerowidth"]],
  [`${"long ".repeat(500)}Needle`, ["needle", "g needle"], ["needles"]],
  [`${"긴 ".repeat(50_000)}바늘 \0`, ["바늘"], ["바늘귀"]],
  ["\x1d", ["\x1d"], ["x"]],
  ["", [], ["x"]],
];

/** Characters that are hard to fold, to join, or to separate. */
const ALPHABET = [
  ..."aAbB \n%_\\'\"",
  ...[
    "\0",
    "\x1d",
    "\x1e",
    "\x1f",
    "é",
    "e",
    "\u0301",
    "ﬁ",
    "ß",
    "ẞ",
    "ς",
    "Σ",
    "İ",
    "ı",
    "K",
    "ſ",
  ],
  ...["가", "각", "ᄀ", "ᅡ", "ᆨ", "ㅎ", "漢", "ｶ", "ﾞ", "カ", "\u3099", "Я", "я", "\u{10400}", "…"],
];

/**
 * Tests the search of a log: every implementation must pass.
 *
 * @param register Registers a test. Default: as one of its own.
 */
export function testSearches(
  name: string,
  open: OpenLogStore,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  const test = (
    behavior: string,
    body: (log: Log) => Promise<void>,
    retention: Partial<Retention> = {},
  ) =>
    register(`${name} ${behavior}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using store = await open(folder, { ...EVERYTHING, ...retention });
        await body(await store.open("lobby"));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  test("finds words and parts of words, in any case, script and compatible spelling", async (log) => {
    await log.append(TEXTS.map(([message]) => ({ ...drafts("")[0]!, message })), 1);
    for (const [index, [, found, not]] of TEXTS.entries()) {
      const only = { from: index + 1, before: index + 2 };
      for (const words of found) {
        assertEquals([words, await search(log, words, only)], [words, [index + 1]]);
      }
      for (const words of not) assertEquals([words, await search(log, words, only)], [words, []]);
    }
  });

  test("finds phrases, over any white space", async (log) => {
    await log.append(drafts("disk is full", "disk\n  is", "is disk", "disk-is", "Disk\u00a0IS"), 1);
    assertEquals(await search(log, { words: ["disk is"] }), [5, 2, 1]);
    assertEquals(await search(log, { words: ["is  full", "disk"] }), [1]);
  });

  test("finds the same notes as a look at each of them", async (log) => {
    const { next, below, pick: one } = random(1);
    const pick = (most: number) =>
      Array.from({ length: below(most) }, () => one(ALPHABET)).join("");
    const messages = Array.from(
      { length: 1_500 },
      () => next() < 0.02 ? pick(600).repeat(4) : pick(12),
    );
    await log.append(messages.map((message) => ({ ...drafts("")[0]!, message })), 1);
    for (let round = 0; round < 100; round++) {
      const words = [pick(4), pick(3)].map((word) => word.trim()).filter((word) => word !== "");
      const folded = words.map((word) => foldText(word).trim());
      if (folded.some((word) => /\s/.test(word) || word === "")) continue;
      const naive = messages.flatMap((message, index) =>
        folded.every((word) => foldText(message).includes(word)) ? [index + 1] : []
      ).reverse();
      const turns = round % 2 ? MIDDLING_TURNS : LONG_TURN;
      assertEquals([words, await search(log, { words }, { turns })], [words, naive]);
    }
  });

  test("finds the notes of an author", async (log) => {
    const by = (name: string, message: string): Draft => ({ ...drafts(message)[0]!, name });
    await log.append([by("ann", "a"), by("Ann", "b"), by("anna", "a"), by("민수", "a bob")], 1);
    await log.append([by("ann", `${"x".repeat(2_000)} a`), by("ａｎｎ", "a\0")], 2);
    assertEquals(await search(log, { words: ["a"], name: "ann" }), [6, 5, 1]);
    assertEquals(await search(log, { words: [], name: "ANN" }), [6, 5, 2, 1]);
    assertEquals(await search(log, { words: ["a"], name: "민수" }), [4]);
    assertEquals(await search(log, { words: ["민수"] }), []);
    assertEquals(await search(log, { words: ["a"], name: "bob" }), []);
  });

  test("searches between two positions, over many windows", async (log) => {
    const texts = Array.from({ length: 2_000 }, (_, i) => (i + 1) % 300 === 0 ? "here" : "nothing");
    await log.append(drafts(...texts), 1);
    const all = [1_800, 1_500, 1_200, 900, 600, 300];
    assertEquals(await search(log, "here"), all);
    assertEquals(await search(log, "here", { turns: LONG_TURN }), all);
    assertEquals(await search(log, "here", { from: 600, before: 1_200 }), [900, 600]);
    assertEquals(await search(log, "here", { from: 601, before: 1_201 }), [1_200, 900]);
    assertEquals(await search(log, "here", { from: 5_000 }), []);
    assertEquals(await search(log, { words: [] }, { before: 4 }), [3, 2, 1]);
  });

  test("looks at the time between notes that take long to fold", async (log) => {
    await log.append(drafts(...Array.from({ length: 600 }, () => "\uFDFA".repeat(300))), 1);
    for (const name of [undefined, drafts("")[0]!.name]) {
      let looks = 0;
      const turns = {
        next: () => Promise.resolve(),
        get isOver() {
          looks++;
          return false;
        },
      };
      assertEquals(await search(log, { words: ["absent"], name }, { turns }), []);
      assert(looks > 2, `${looks} looks at the time`);
    }
  });

  test("reads nothing for a word in a private note that is hidden from the reader", async (log) => {
    const [ann, bob, eve] = ["a", "b", "e"].map((key) => `SHA256:${key.repeat(43)}`);
    const whisper = { kind: "whisper", to: "bob", author: ann!, reader: bob! } as const;
    await log.append([{ ...drafts("secret")[0]!, ...whisper }, drafts("open")[0]!], 1);
    const look = async (query: NoteQueryOptions, reader: string | undefined) => {
      let reads = 0;
      const counted: SearchedLog = {
        head: log.head,
        first: log.first,
        read: (from, limit) => (reads++, log.read(from, limit)),
        texts: log.texts?.bind(log),
      };
      const place = { from: 1, before: Infinity, turns: LONG_TURN, reader };
      const seqs: number[] = [];
      for await (const { seq } of searchLog(counted, new NoteQuery(query), place)) seqs.push(seq);
      return { reads, seqs };
    };
    const { name } = drafts("")[0]!;
    const [secret, absent] = [["secret"], ["absent"]];
    const { reads } = await look({ words: absent }, eve);
    for (const reader of [eve, undefined]) {
      assertEquals((await look({ words: secret }, reader)).reads, reads);
      assertEquals((await look({ words: secret, name }, reader)).reads, reads);
    }
    for (const reader of [ann, bob]) {
      assertEquals((await look({ words: secret }, reader)).seqs, [1]);
    }
  });

  test("reads notes that are far from each other one by one", async (log) => {
    await log.append(drafts(...Array.from({ length: 1_000 }, (_, i) => i % 100 ? "" : "here")), 1);
    let notes = 0;
    const counted: SearchedLog = {
      head: log.head,
      first: log.first,
      read: async (from, limit) => {
        const read = await log.read(from, limit);
        notes += read.length;
        return read;
      },
      texts: log.texts?.bind(log),
    };
    const place = { from: 1, before: Infinity, turns: LONG_TURN };
    const found = await Array.fromAsync(
      searchLog(counted, new NoteQuery({ words: ["here"] }), place),
    );
    assertEquals([found.length, notes], [10, log.texts ? 10 : 1_000]);
  });

  test("searches on while notes are dropped and added", async (log) => {
    await log.append(drafts(...Array.from({ length: 1_500 }, () => "here")), 1);
    let rounds = 0;
    const next = async () => {
      if (++rounds !== 700) return;
      await log.append(drafts(...Array.from({ length: 500 }, () => "here")), 2);
      while (await log.trim(2, 100) > 0);
    };
    const seqs = await search(log, "here", { turns: { next, isOver: true } });
    assertEquals(seqs, Array.from({ length: 1_000 }, (_, i) => 1_500 - i));
    assertEquals([log.first, log.head], [501, 2_000]);
  }, { notes: 1_500 });
}
