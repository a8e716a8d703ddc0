import { assertEquals } from "@std/assert";
import { graphemeEnd, graphemeStart, wordEnd, wordStart } from "../../../text/grapheme.ts";

const CLUSTERS = [
  "👩‍💻",
  "🇰🇷",
  "🇯🇵",
  "e\u0301",
  "क्षि",
  "\u1112\u1161\u11ab",
  "👍🏽",
  "1️⃣",
  "x",
  "\x1b",
  "\r\n",
  "한",
];

Deno.test("graphemeStart() and graphemeEnd() find user-perceived characters", () => {
  const text = CLUSTERS.join("");
  let start = 0;
  for (const cluster of CLUSTERS) {
    const end = start + cluster.length;
    for (let index = start; index < end; index++) {
      assertEquals([graphemeStart(text, index), graphemeEnd(text, index)], [start, end]);
    }
    start = end;
  }
  assertEquals([graphemeStart(text, start), graphemeEnd(text, start)], [start, start]);
});

const WORDS: [text: string, words: string[]][] = [
  ["one two", ["one", " two"]],
  ["cafe\u0301 né", ["cafe\u0301", " né"]],
  ["안녕 한국어!", ["안녕", " 한국어", "!"]],
  ["snake_case-kebab", ["snake_case", "-", "kebab"]],
  ["می\u200cخواهم", ["می\u200cخواهم"]],
  ["hi 👩‍💻❤️ there", ["hi", " 👩‍💻❤️", " there"]],
];

Deno.test("wordEnd() moves over the words of all scripts, wordStart() back", () => {
  for (const [text, words] of WORDS) {
    let start = 0;
    for (const word of words) {
      const end = start + word.length;
      assertEquals([word, wordEnd(text, start)], [word, end]);
      assertEquals([word, wordStart(text, end)], [word, start + word.search(/\S/)]);
      start = end;
    }
    assertEquals(wordEnd(`${text} `, text.length), text.length + 1);
    assertEquals(wordStart(` ${text}`, 1), 0);
  }
});
