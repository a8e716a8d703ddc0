import { assertEquals } from "@std/assert";
import { NameIndex, nameTaken, skeleton } from "../../../room/confusable.ts";

const ALIKE: readonly [what: string, name: string, other: string][] = [
  ["case", "bob", "BoB"],
  ["full width", "bob", "ｂｏｂ"],
  ["a mark composed with its letter", "Zoe", "Zoë"],
  ["a mark after its letter", "bob", "bo\u0302b"],
  ["a stroke through a letter", "bob", "b\u0335ob"],
  ["Cyrillic letters", "coco", "сосо"],
  ["Cyrillic capitals", "BOX", "ВОХ"],
  ["Greek letters", "NIKO", "ΝΙΚΟ"],
  ["Armenian letters", "noun", "ոօսո"],
  ["a capital I for an l", "alice", "aIice"],
  ["digits", "lol", "101"],
  ["letters that run together", "modem", "modern"],
  ["other letters that run together", "wim", "vvim"],
  ["letters of a later edition of UTS #39", "sara", "ടara"],
  ["capitals of another alphabet", "анна", "AHHA"],
  ["an l for a capital I", "ivo", "lvo"],
  ["an l among capitals", "alice", "ALlCE"],
  ["a one for an I", "alice", "AL1CE"],
  ["a joiner", "علیرضا", "علی\u200cرضا"],
  ["an invisible character", "bob", "b\u034fo\ufe0fb\u{e0041}"],
  ["points", "שרה", "שָׂרָה"],
  ["the separator of words", "jean-luc", "Jean Luc"],
  ["space around it", "bob", " bob "],
  ["the sign for unverified names", "bob", "~bob"],
  ["the number of sessions", "bob", "bob (2)"],
  ["spaces within", "ann", "a nn"],
  ["punctuation around it", "ann", "[ann]"],
  ["punctuation after it", "bob", "bob_."],
];

for (const [what, name, other] of ALIKE) {
  Deno.test(`names look alike that differ by ${what}`, () => {
    const index = new NameIndex<string>();
    index.add(name, "whose it is");
    const [found] = index.confusables(other);
    assertEquals(found, { name, holder: "whose it is" });
  });
}

Deno.test("names with real differences do not look alike", () => {
  const names = [
    "ann",
    "anna",
    "Ann's",
    "Maria",
    "Marla",
    "Delia",
    "Della",
    "Clara",
    "Dara",
    "bob",
    "bob2",
    "김민수",
    "김민",
    "你好",
    "Zoë",
    "👩‍💻",
    "👩‍🚀",
    "राम",
    "रम",
    "Мария",
    "guest 1",
    "guest 2",
    "~",
    "(2)",
  ];
  assertEquals(new Set(names.map(skeleton)).size, names.length);
});

Deno.test("NameIndex keeps nothing of a removed name", () => {
  const index = new NameIndex<number>();
  index.add("Zoe", 1);
  index.add("Zoë", 2);
  assertEquals(Array.from(index.confusables("ZOE"), ({ holder }) => holder), [1, 2]);
  index.delete("zoe");
  assertEquals([Array.from(index.confusables("ZOE"), ({ holder }) => holder), index.size], [
    [2],
    1,
  ]);
  index.delete("ZOË");
  assertEquals([index.confusables("ZOE").size, index.size], [0, 0]);
});

Deno.test("NameIndex.confusables() has the name itself first, and each that looks like it", () => {
  const index = new NameIndex<number>();
  for (const [i, name] of ["modern", "Modem", "rnodem", "bob"].entries()) index.add(name, i);
  const alike = (name: string) => Array.from(index.confusables(name), ({ holder }) => holder);
  assertEquals([alike("MODEM"), alike("bob"), alike("eve")], [[1, 0, 2], [3], []]);
  index.delete("modem");
  assertEquals([alike("modem"), index.size, index.get("modem")], [[0, 2], 3, undefined]);
  index.delete("rnodem");
  assertEquals(alike("modem"), [0]);
});

Deno.test("nameTaken() says which name looks like another one", () => {
  const words = ["Bob", "b0b"].map((name) => nameTaken(name, { name: "bob" }).message);
  assertEquals(words, ['name "Bob" is taken', 'name "b0b" is taken: it looks like "bob"']);
});
