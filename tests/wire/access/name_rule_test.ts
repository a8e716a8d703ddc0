import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { checkNewName, isPlainName, quotedName } from "../../../room/name_rule.ts";
import { foldName } from "../../../room/note.ts";
import type { NameUseOptions } from "../../../room/state/name_use.ts";
import { Names } from "../../../room/state/names.ts";
import { serve } from "../../../server.ts";
import { MemoryStore } from "../../../server/storage/memory/store.ts";
import { SqliteStore } from "../../../server/storage/sqlite/store.ts";
import { Peer, refusal } from "../../support/wire/grpc_peer.ts";

const KEEP_ALL = { notes: 100, ageMs: Infinity, bytes: Infinity };

const OWNED = ["bob", "alice", "ann", "hal", "root", "paypal", "ivo", "paul", "modern", "Kim Wu"];

/** Names, each of `OWNED` with a key of its own. */
async function ownedNames(): Promise<Names> {
  const store = new MemoryStore(KEEP_ALL);
  const names = await Names.open(store, {
    ...{ now: () => 0, maxNames: 1, maxOwned: 1_000, awayMs: Infinity },
    onError: (error) => {
      throw error;
    },
  });
  for (const name of OWNED) names.use(name, userWith(`key of ${name}`));
  return names;
}

/** A person with a key, so that any free name is allowed. */
function userWith(key: string | undefined): NameUseOptions {
  return { key, claim: () => {} };
}

/** The first few of them, as a person would read. */
function some(names: string[]): string[] {
  return names.length > 20 ? [...names.slice(0, 20), `and ${names.length - 20} more`] : names;
}

/** Whether no new person gets a name, with a key or without. */
function isRefused(names: Names, name: string): boolean {
  return ["another key", undefined].every((key) => {
    try {
      names.check(name, key);
      return false;
    } catch (error) {
      return error instanceof ChatError && ["invalid", "taken"].includes(error.code);
    }
  });
}

/** The look-alikes of each ASCII letter or pair of letters, by UTS #39. */
const DRAWN_LIKE = new Map<string, string[]>();
for (
  const line of Deno.readTextFileSync(new URL("confusables.txt", import.meta.url)).split("\n")
) {
  const [, letters = "", codes = ""] = /^(\w+): (.*)$/.exec(line) ?? [];
  const drawn = codes.split(" ").map((code) => String.fromCodePoint(parseInt(code, 16) || 0));
  if (letters) DRAWN_LIKE.set(letters, [...DRAWN_LIKE.get(letters) ?? [], ...drawn]);
}

/** All look-alikes of a letter or a pair, direct and indirect. */
function drawnLike(letters: string): string[] {
  return [...DRAWN_LIKE].flatMap(([model, drawn]) =>
    model === letters || drawn.includes(letters) ? [model, ...drawn] : []
  );
}

/** A name with each letter, or pair, replaced by all of its look-alikes. */
function* lookAlikesOf(name: string): Generator<string> {
  for (let i = 0; i < name.length; i++) {
    for (const letters of [name.slice(i, i + 1), name.slice(i, i + 2)]) {
      for (const drawn of drawnLike(letters)) {
        yield name.slice(0, i) + drawn + name.slice(i + letters.length);
        yield name.replaceAll(letters, drawn);
      }
    }
  }
  // All letters at once: the first look-alike of each, the second of each, and so on.
  const drawn = Array.from(name, drawnLike);
  for (let i = 0; i < Math.max(...drawn.map(({ length }) => length)); i++) {
    yield drawn.map((all, at) => all[i % all.length] ?? name[at]).join("");
  }
}

Deno.test("a name that looks like an owned one is refused, by the data of UTS #39", async () => {
  const names = await ownedNames();
  const cases = OWNED.flatMap((name) => [name, name.toLowerCase(), name.toUpperCase()]);
  const alike = new Set(cases.flatMap((name) => [...lookAlikesOf(name)]));
  assert(alike.size > 5_000, `only ${alike.size}`);
  assertEquals(some([...alike].filter((name) => !isRefused(names, name))), []);
});

/** Look-alikes of capitals, and digits and lines in place of letters. */
const CASES = [
  ..."AL1CE ALlCE alİce al1ce aIice a1ice B0B b0b ВОВ R00T r00t PAYPA1 paypaI lvo 1vo IVO lVO HAI"
    .split(
      " ",
    ),
  ...["paypaI", "modem", "rnodern", "Kirn Wu", "KIM VVU", "kim vvu", "kimwu", "Kim-Wu", "b.o.b"],
  ...["~bob", "bob (2)", "[bob]", "bob.", "-bob", "bob_", " bob", "bob ", "b  ob", "b ob"],
  ..."ɓoɓ bób böb bøb b0̷b".split(" "),
];

const ISSUE =
  "b๐b b߀b b০b b၀b bഠb b○b b°b ʙoʙ ɓoɓ 🅱ob bob² bobｏ a│ice a∣ice aاice al¡ce ᴀɴɴ ⍺nn ᎻᎪᏞ r๐๐t " +
  "paypa│ i∨o pauⵏ b口b bo丨 b〇b bobノ ЬоЬ аӏісе";

for (const name of [...CASES, ...ISSUE.split(" ")]) {
  Deno.test(`the name "${name}" is refused while others have the names it looks like`, async () => {
    assert(isRefused(await ownedNames(), name));
  });
}

/** Invisible characters and unassigned code points, in all planes. */
function unseen(): string[] {
  const found: string[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    if (/[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{DI}\p{NChar}]/u.test(character)) found.push(character);
    else if (code % 101 === 0 && /[\p{Cn}\p{Co}]/u.test(character)) found.push(character);
    else if (code < 0x3000 && /\p{Cn}/u.test(character)) found.push(character);
  }
  return [
    ...found,
    "\u2fe0",
    "\u2800",
    "\ufffc",
    "\ufffd",
    "\u{1d159}",
    "\u0378",
    "\u0301",
    "\u20dd",
  ];
}

Deno.test("a new name has no invisible character, at any position", async () => {
  const names = await ownedNames();
  const characters = unseen();
  assert(characters.length > 9_000, `only ${characters.length}`);
  const passed = characters.flatMap((unseen) => [
    ...[`${unseen}bob`, `bob${unseen}`].filter((name) => !isRefused(names, name)),
    ...[`bo${unseen}b`, `я${unseen}н`, `김${unseen}민`, `ع${unseen}ب`, `क${unseen}ख`].filter((
      name,
    ) => unseen !== " " && unseen !== "\u0301" && isPlainName(name)),
  ]);
  assertEquals(some(passed), []);
});

/** People's names, as they write them. */
const PEOPLE = `
  Ann|ann-marie|O'Neil|Conan O’Brien|Zoë|José|Łukasz|Đorđe|Þórunn|Björk 2|Nguyễn Hồng|İbrahim|Işık
  Jean-Luc|D'Angelo|agent007|Müller|Strauß|Ærøskøbing|Kaʻahumanu|Šárka|Őze|John F. Kennedy|Mary Sue
  Gerard 't Hooft|ola_n|j.doe|Iñaki|Maria|Marla|Delia|Della|Ian
  Анна|Дмитрий Шостакович|Лёва|Юлия-Мария|Дар’я|Їжак|Ђорђе|Љубица|Мария 3|Нұрсұлтан|Ѓорѓи
  Ελένη|Νίκος|Σωκράτης|Ἀριστοτέλης|Μαρία-Άννα|Γιώργος 7|Ξένια Ψάλτη|Ωρίων
  김민수|박지성 7|이영희|Kim 민수|남궁옥분|최-민식|선우 은숙|황보라
  さくら|ヒロ|山﨑|髙橋 健一|佐々木|田中 2|ジャン・リュック|ラーメン|東京 Tokyo|ひろ hiro|𠮷野
  王小明|李娜 9|欧阳修|阿道夫·希特勒|諸葛亮|Mei 陳|司馬-懿
  محمد|عبد الله|فاطمة الزهراء|أحمد ٣|حَسَن|نورا-لينا|یاسمین|شيخ 5
  דוד|מֹשֶׁה|בן־גוריון|ג'ורג'|צ׳רלי כהן|רות 8|יעל-לי|שרה
  สมชาย|อำนาจ|น้ำผึ้ง|ก๊กเลี้ยง|สมหญิง ๙|พร-ทิพย์|วิชัย ใจดี|ปู่
  राम|अमिताभ बच्चन|श्रीदेवी|ज़ोया|कृष्ण ३|मीरा-बाई|ओम् 2|रवींद्र
  ქეთევანი|Հայկ|አበበ|ສົມຊາຍ|សុខា|வேல்முருகன்|ശ്രീജ|শ্রী|ਗੁਰਪ੍ਰੀਤ|મહેશ|ಕೃಷ್ಣ|తెలుగు|မြို့မ|བསྟན་འཛིན|ދިވެހި|ㄅㄆㄇ
`.split(/[|\n]/).map((name) => name.trim()).filter(Boolean);

Deno.test("people can use their names in their own languages, all at once", async () => {
  const names = await ownedNames();
  assert(PEOPLE.length > 100);
  for (const name of PEOPLE) {
    if (!OWNED.includes(foldName(name))) names.use(name, userWith(`key of ${name}`));
    names.use(name.normalize("NFD"), userWith(names.findOwner(name)));
    assert(isPlainName(name), name);
  }
});

Deno.test("people without a key can use these names, too", async () => {
  await using server = await serve({ address: "127.0.0.1:0", rate: 0 });
  using peer = new Peer(server.address);
  for (const name of PEOPLE) await peer.send({ name, message: "hello" });
  assertEquals((await peer.read(PEOPLE.length)).map(({ name }) => name), PEOPLE);
});

Deno.test("rooms of old data remain, and new ones follow the rule", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const data = `${folder}/a.db`;
    {
      await using store = await SqliteStore.open(data, KEEP_ALL);
      const log = await store.open("ops: eve");
      await log.append([{ id: "", name: "ann", message: "hi", kind: "said" }], 1);
    }
    await using server = await serve({ address: "127.0.0.1:0", data });
    using peer = new Peer(server.address);
    const old = await peer.join({ name: "ann", room: "Ops: Eve" });
    assertEquals(old.seen.welcome!.room, "ops: eve");
    for (const room of ["ops: bob", "lоbby", "lobby\u2065", "-- dev --", "👩", "192.0.2.7"]) {
      const session = peer.session();
      session.send({ join: { name: "ann", room, client: "x".repeat(16) } });
      const { code, details } = await refusal(session);
      assertEquals(code, status.INVALID_ARGUMENT, details);
    }
    const made = await peer.join({ name: "ann", room: "東京 Tokyo" });
    assertEquals(made.seen.welcome!.room, "東京 Tokyo");
    made.send({ list_rooms: true });
    await made.until(({ rooms }) => rooms.length === 1);
    const rooms = made.seen.rooms[0]!.rooms.map(({ name }) => name);
    assertEquals(rooms.sort(), ["ops: eve", "東京 Tokyo"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const CHARACTERS =
  "names are letters and digits, joined by single spaces, hyphens, apostrophes, dots or underscores";

const REFUSED: [name: string, fault: string][] = [
  ["ann] transfer it to eve [ok", `has "]" (U+005D): ${CHARACTERS}`],
  ["ann → you", `has "→" (U+2192): ${CHARACTERS}`],
  ["ann, cy", `has "," (U+002C): ${CHARACTERS}`],
  ["ann: hi", `has ":" (U+003A): ${CHARACTERS}`],
  ['ann "x"', `has a quote (U+0022): ${CHARACTERS}`],
  ["“ann”", `has "“" (U+201C): ${CHARACTERS}`],
  ["ann*", `has "*" (U+002A): ${CHARACTERS}`],
  ["~ann", `has "~" (U+007E): ${CHARACTERS}`],
  ["@ann", `has "@" (U+0040): ${CHARACTERS}`],
  ["a/b", `has "/" (U+002F): ${CHARACTERS}`],
  ["#1", `has "#" (U+0023): ${CHARACTERS}`],
  ["ann (2)", `has "(" (U+0028): ${CHARACTERS}`],
  ["🐱", `has "🐱" (U+1F431): ${CHARACTERS}`],
  ["a\u2065b", `has the invisible character U+2065: ${CHARACTERS}`],
  ["ann\u00a0b", `has the invisible character U+00A0: ${CHARACTERS}`],
  ["Ann３", 'has "３" (U+FF13): it is another form of "3"'],
  ["ａｎｎ", 'has "ａ" (U+FF41): it is another form of "a"'],
  ["ﬁn", 'has "ﬁ" (U+FB01): it is another form of "fi"'],
  ["µ", 'has "µ" (U+00B5): it is another form of "μ" (U+03BC)'],
  ["ㅋㅋ", 'has "ㅋ" (U+314B), a part of a syllable: write whole Hangul syllables'],
  ["김\u110f", 'has "\u110f" (U+110F), a part of a syllable: write whole Hangul syllables'],
  ["علی\u200cرضا", `has the invisible character U+200C: ${CHARACTERS}`],
  ["-- x --", 'begins with "-"'],
  ["a--b", 'has "--": only one of them is allowed'],
  ["a.-b", 'has ".-": only one of them is allowed'],
  ["a '-b", `has "'-": only one of them is allowed`],
  ["'ann'", `begins with "'"`],
  ["ann ", "ends with a space"],
  [" ann", "begins with a space"],
  ["a  b", "has two spaces in a row"],
  ["a.  b", "has two spaces in a row"],
  ["Jr.", 'ends with "."'],
  ["김민수-", 'ends with "-"'],
  ["e\u0301\u0302\u0303\u0304", "has too many marks on one letter"],
  ["วิิชัย", "has a mark twice on one letter"],
  ["نورا 3٣", "mixes digits of two scripts"],
  ["аnn", "mixes Latin and Cyrillic letters"],
  ["ΝИΚΟ", "mixes Greek and Cyrillic letters"],
  ["b๐b", "mixes Latin and Thai letters"],
  ["김ひろ", "mixes Kana and Hangul letters"],
  ["ヒロㄅ", "mixes Kana and Bopomofo letters"],
  ["b口", 'has "口" (U+53E3) beside a Latin letter: put a space between them'],
  ["ann김", 'has "김" (U+AE40) beside a Latin letter: put a space between them'],
  ["192.0.2.7", "looks like an address"],
  ["1.2", "looks like an address"],
  ["SHA256:0ZtYq", "looks like a key"],
  ["sha256 0ZtY", "looks like a key"],
  ["0ZtYqk1Qc0ZtYqk1Qc0ZtYqk1Qc0ZtYqk1Qc0ZtYqk1", "looks like a key"],
];

for (const [name, fault] of REFUSED) {
  Deno.test(`checkNewName() refuses "${name}" with a reason`, () => {
    const error = assertThrows(() => checkNewName(name), ChatError);
    const shown = name.replace("\u2065", "\\u2065").replace("\u200c", "\\u200c").replaceAll(
      '"',
      '\\"',
    );
    assertEquals([error.code, error.message], ["invalid", `Name "${shown}" ${fault}`]);
    assertThrows(() => checkNewName(name, "Room"), ChatError, "Room ");
  });
}

Deno.test("a name that is corrected as its refusal says is accepted", () => {
  for (const name of ["ann 김", "b 口", "김 ann", "Ann3", "fin", "Jr", "a. b"]) checkNewName(name);
});

for (const name of ["you", "YOU", "y0u", "уоu", "you.", "unix"]) {
  Deno.test(`the name "${name}" is refused`, async () => {
    assert(isRefused(await ownedNames(), name));
  });
}

const SHOWN: [name: string, shown: string][] = [
  ["ann, cy", "“ann, cy”"],
  ["ann ", "“ann ”"],
  ["a” “b", "“a\\u201d \\u201cb”"],
  ["bob\u2065", "“bob\\u2065”"],
  ["a\u00a0b\u3000", "“a\\xa0b\\u3000”"],
  ["a\u2800", "“a\\u2800”"],
  ["a \u0301b", "“a \\u0301b”"],
  ["👩‍💻 Zoë", "“👩‍💻 Zoë”"],
];

Deno.test("quotedName() shows where a name ends, and its invisible characters", () => {
  for (const [name, shown] of SHOWN) {
    assertEquals([quotedName(name), isPlainName(name)], [shown, false]);
  }
  assertEquals(["ann", "You", "김민수"].map(isPlainName), [true, false, true]);
});
