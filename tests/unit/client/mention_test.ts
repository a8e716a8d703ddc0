import { assertEquals } from "@std/assert";
import { findMentions, mentions } from "../../../client/render/mention.ts";

/** In each text, angle brackets mark the mentions. */
const CASES: [name: string, marked: string][] = [
  ["bob", "<bob>"],
  ["bob", "@<Bob>, lunch?"],
  ["bob", "bobby and kabob and bob_ and bob2 and 2bob"],
  ["bob", "<bob> <BOB>-<bob>"],
  ["ann", "joann is <ann>'s, or <ann>’s"],
  ["ｂｏｂ", "<bob>, <Bob> and bobby"],
  ["민수", "nobody"],
  ["b.b", "bxb, but <b.b>"],
  ["b.b", "a.b.bc"],
  ["a|b", "a b <a|b>"],
  ["(.*)", "anything <(.*)>"],
  ["c++", "<c++>, c+ c"],
  ["Kim Min", "hello <kim min>!"],
  ["Kim Min", "hello kim mina, kim, min"],
  ["Zoë", "<Zoe\u0308> and zoe"],
  ["Zoe\u0308", "<ZOË>"],
  ["zoe", "zoë"],
  ["bob", "ＢＯ <ＢＯＢ> ＢＯＢＢ"],
  ["ff", "ﬂ <ﬀ> <ff> off"],
  ["f", "ﬀ"],
  ["strasse", "ß <Straße>, weiter <STRASSE>"],
  ["s", "ß ßs <s>"],
  ["Νίκος", "ΝΊΚΟ <ΝΊΚΟΣ>'s, <νίκος>"],
  ["ИВАН", "<Иван>, ивана"],
  ["민수", "<민수>야! <민수> 민 수"],
  ["민수", "김<민수>님"],
  ["민수", "<\u1106\u1175\u11ab\u1109\u116e> 문수"],
  ["bob", "<bob>님 <Bob>さん"],
  ["太郎", "山田<太郎>さん"],
  ["สมชาย", "คุณ<สมชาย>ครับ"],
  ["👩‍💻", "<👩‍💻> 👩 x<👩‍💻>y"],
  ["👩", "👩‍💻"],
  ["e", "<e> e\u0301"],
  ["aa", "<aa> aaa"],
  ["a b a", "xa b <a b a>"],
  ["ㅎㅏ", "<ㅎㅏ> 안녕"],
  ["", "anything"],
  ["bob", "é <bob> é Bobé, ébob"],
  ["bob", "한<bob>한 <bob>\r\n<BOB>, é"],
  ["bob", "a long line of ASCII and bob\u0301 <bob> and a line of ASCII, a bob\u0301"],
  ["bob", "é, a long line of ASCII with <bob> and <BOB>, é, and another one with <bob>"],
  ["1", "a long line of ASCII and \u06001 <1> and another line of ASCII <1>"],
];

Deno.test("findMentions() finds names as whole words, in any case and spelling", () => {
  for (const [name, marked] of CASES) {
    const text = marked.replace(/[<>]/g, "");
    let found = "";
    let at = 0;
    for (const { start, end } of findMentions(text, name)) {
      found += `${text.slice(at, start)}<${text.slice(start, end)}>`;
      at = end;
    }
    assertEquals(found + text.slice(at), marked, `${name} in ${text}`);
  }
});

Deno.test("mentions() returns whether the text of a note contains a name", () => {
  assertEquals(mentions({ message: "Hello, BOB!" }, "bob"), true);
  assertEquals(mentions({ message: "bobby is here" }, "bob"), false);
});
