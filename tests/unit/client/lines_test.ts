import { assertEquals, assertRejects } from "@std/assert";
import { type InputLine, readLines, readWhole } from "../../../client/stream/lines.ts";

const MAX = 1_048_576;

/** Bytes in parts of `size`. */
async function* parts(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let i = 0; i < bytes.length; i += size) yield bytes.slice(i, i + size);
}

/** Lines unchanged, refusals by their messages. */
async function collect(lines: AsyncIterable<InputLine>): Promise<[number, string][]> {
  const collected: [number, string][] = [];
  for await (const line of lines) {
    collected.push([line.number, "text" in line ? line.text : `! ${line.refusal.message}`]);
  }
  return collected;
}

const LINES: [what: string, text: string, lines: string[]][] = [
  ["nothing", "", []],
  ["a line without an end", "a", ["a"]],
  ["line ends of Unix", "a\nb\n", ["a", "b"]],
  ["line ends of Windows", "a\r\nb\r\n", ["a", "b"]],
  ["blank lines", "\n\n a \n\n", ["", "", " a ", ""]],
  ["carriage returns that end nothing", "a\rb\r\r\nc\r", ["a\rb\r", "c\r"]],
  ["letters of several bytes", "안녕\n👩‍💻\n", ["안녕", "👩‍💻"]],
  ["a byte order mark, which is a character", "\ufeffa\n", ["\ufeffa"]],
  ["controls", "\0\x1b[31m\u2028\n", ["\0\x1b[31m\u2028"]],
];

for (const [what, text, lines] of LINES) {
  Deno.test(`readLines() reads ${what}, however the bytes are split`, async () => {
    const numbered = lines.map((line, i): [number, string] => [i + 1, line]);
    for (const size of [1, 2, 3, 64 * 1024]) {
      assertEquals(await collect(readLines(parts(text, size))), numbered);
    }
  });
}

Deno.test("readLines() refuses a line that is too large, naming its number, and continues", async () => {
  const text = `one\n${"x".repeat(MAX)}\r\n${"x".repeat(MAX + 1)}\n${"x".repeat(3 * MAX)}\nfive`;
  const refusal = "! Note has more than 1,048,576 bytes: no server accepts that";
  assertEquals(await collect(readLines(parts(text, 60_000))), [
    [1, "one"],
    [2, "x".repeat(MAX)],
    [3, refusal],
    [4, refusal],
    [5, "five"],
  ]);
});

Deno.test("readLines() names the line and the byte that are not UTF-8, after the lines before", async () => {
  const cases: [bytes: number[], place: string][] = [
    [[0x61, 0xff, 0x61, 0x0a], "byte 2"],
    [[0x61, 0xea, 0xb0, 0x0a], "byte 3"], // Truncated: its last byte.
    [[0xea, 0xb0], "byte 2"],
    [[0xed, 0xa0, 0x80], "byte 2"], // A surrogate.
    [[0xc0, 0x80], "byte 1"], // An overlong U+0000, of two bytes.
  ];
  for (const [bytes, place] of cases) {
    const lines = readLines(parts(new Uint8Array([0x61, 0x0a, ...bytes]), 2));
    assertEquals((await lines.next()).value, { number: 1, text: "a" });
    await assertRejects(() => lines.next(), TypeError, `Line 2 is not UTF-8 (${place})`);
  }
});

Deno.test("readWhole() drops one newline at the end and keeps the rest", async () => {
  for (const [text, whole] of [["a\nb\n\n", "a\nb\n"], ["a\r\nb\r\n", "a\r\nb"], ["\n", ""]]) {
    assertEquals(await collect(readWhole(parts(text!, 2))), [[1, whole!]]);
  }
  assertEquals(await collect(readWhole(parts("", 2))), []);
  assertEquals(await collect(readWhole(parts(`${"x".repeat(MAX)}\r\n`, 60_000))), [
    [1, "x".repeat(MAX)],
  ]);
});

Deno.test("readWhole() stops reading once it is too large", async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; read < 1_000; read++) yield new Uint8Array(MAX / 4).fill(0x78);
  }
  const refusal = "! Note has more than 1,048,576 bytes: no server accepts that";
  assertEquals(await collect(readWhole(endless())), [[1, refusal]]);
  assertEquals(read, 4); // The fifth part is too much, and the last one.
});
