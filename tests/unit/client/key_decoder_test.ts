import { assert, assertEquals } from "@std/assert";
import { type Input, KeyDecoder } from "../../../client/editor/key_decoder.ts";

const MAX_PASTE = 20;

/** The bytes of a text in which each unit is one byte. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}

/** The bytes of a text in UTF-8. */
function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The output of a decoder for bytes in these reads, in a form that is easy to compare. */
function decode(...reads: Uint8Array[]): string {
  const decoder = new KeyDecoder(MAX_PASTE);
  return reads.flatMap((bytes) => decoder.read(bytes)).map(shown).join("");
}

/** Typed text unchanged, and all other input in angle brackets. */
function shown(input: Input): string {
  if (input.type === "paste") return `<paste ${input.text}>`;
  if (input.type === "refused") return `<refused ${input.chars}>`;
  const { text, name, ctrl, meta, shift } = input;
  if (text !== undefined) return text;
  return `<${ctrl ? "C-" : ""}${meta ? "M-" : ""}${shift ? "S-" : ""}${name}>`;
}

/** Sequences that must neither type nor do anything. */
const IGNORED: readonly string[] = [
  // The mouse: SGR, urxvt, X10, highlighting.
  "\x1b[<0;12;5M",
  "\x1b[<65;1200;500m",
  "\x1b[32;12;5M",
  "\x1b[M ab",
  "\x1b[M`!!",
  "\x1b[M\x20\xff\x21",
  "\x1b[M\x20\xe5\x21",
  "\x1b[M\x20\x21\xe5",
  "\x1b[M\x20\xc3\xa1\x21",
  "\x1b[tab",
  "\x1b[Tabcdef",
  // Replies: DA1 to DA3, CPR, DSR, DECRPM, the size, the checksum, the keyboard flags.
  "\x1b[?62;1;2;4;6;9;15;18;21;22c",
  "\x1b[>41;354;0c",
  "\x1bP!|00000000\x1b\\",
  "\x1b[24;80R",
  "\x1b[1;1R",
  "\x1b[1;10R",
  "\x1b[?24;80;1R",
  "\x1b[0n",
  "\x1b[?997;1n",
  "\x1b[?2026;2$y",
  "\x1b[4;1$y",
  "\x1b[8;24;80t",
  "\x1b[?1u",
  "\x1b[>0q",
  // OSC with BEL or ST.
  "\x1b]4;1;rgb:cdcd/0000/0000\x07",
  "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
  "\x1b]11;rgb:0000/0000/0000\x07",
  "\x1b]11;rgb:0000/0000/0000\x1b\\",
  "\x1b]52;c;aGVsbG8K\x07",
  "\x1b]52;c;aGVsbG8K\x1b\\",
  "\x1b]11;rgb:0000/0000/0000\x9c",
  "\x1b]0;\xc3\xbc\x1b\\",
  // DCS, APC, PM, SOS.
  "\x1bP>|XTerm(390)\x1b\\",
  "\x1bP1+r544e=787465726d\x1b\\",
  "\x1bP1$r0m\x1b\\",
  "\x1b_Gi=31;OK\x1b\\",
  "\x1b^private\x1b\\",
  "\x1bXstring\x1b\\",
  // Eight-bit controls, as one byte and in UTF-8.
  "\x9b<0;12;5M",
  "\x9b?62;4c",
  "\x9d11;rgb:0000/0000/0000\x9c",
  "\x90>|XTerm(390)\x9c",
  "\x9fGi=31;OK\x9c",
  "\x9eprivate\x9c",
  "\x98string\x9c",
  "\xc2\x9b<0;12;5M",
  "\xc2\x9d11;rgb:0000/0000/0000\xc2\x9c",
  "\x85",
  // Focus, paste ends without a start, unknown keys, of this and other protocols.
  "\x1b[I",
  "\x1b[O",
  "\x1b[201~",
  "\x1b[[A",
  "\x1b[[E",
  "\x1b[57441;2u",
  "\x1b[57376u",
  "\x1b[97;9u",
  "\x1b[97;1:3u",
  "\x1b[1;1:3A",
  "\x1b[99:67;6u",
  "\x1b[27;6;67~",
  "\x1b[27;5;1114112~",
  "\x1b[57358;65;97:98:99:100:101:102:103:104:105:106:107:108:109:110:111:1234567890;1;1~",
  `\x1b[${"1;".repeat(500)}u`,
  "\x1b[?1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20z",
  // Ctrl-\, Ctrl-], Ctrl-^, Ctrl-Space.
  "\x1c",
  "\x1d",
  "\x1e",
  "\x00",
];

Deno.test("KeyDecoder drops sequences that are not keys, wherever they are cut", () => {
  for (const sequence of IGNORED) {
    const bytes = bytesOf(`a${sequence}b`);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const parts = [bytes.subarray(0, cut), bytes.subarray(cut)];
      assertEquals(decode(...parts), "ab", JSON.stringify([sequence, cut]));
    }
    assertEquals(decode(...Array.from(bytes, (byte) => Uint8Array.of(byte))), "ab", sequence);
  }
});

const KEYS: [bytes: string, keys: string][] = [
  ["a \u00e9한👩‍💻", "a \u00e9한👩‍💻"],
  ["\x01\x03\x1a\x1f", "<C-a><C-c><C-z><C-_>"],
  ["\r\n\t\b\x7f", "<return><enter><tab><backspace><backspace>"],
  ["\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[Z", "<up><down><right><left><home><end><S-tab>"],
  ["\x1bOA\x1bOD\x1bOH", "<up><left><home>"],
  ["\x1b[1~\x1b[3~\x1b[4~\x1b[7~\x1b[8~", "<home><delete><end><home><end>"],
  ["\x1b[1;5C\x1b[1;2D\x1b[3;5~\x1b[5C", "<C-right><S-left><C-delete><C-right>"],
  ["\x1b[1;10A\x1b[1;13D\x1b[1;133D", "<M-S-up><C-M-left><C-left>"],
  ["\x1b[a\x1bOc\x1b[3$\x1b[3^\x1b[3@", "<S-up><C-right><S-delete><C-delete><C-S-delete>"],
  ["\x9bA\x8fA\xc2\x9bA", "<up><up><up>"],
  ["\x1bb\x1bF\x1b\x7f\x1b\r\x1b.", "<M-b><M-S-f><M-backspace><M-return><M-.>"],
  ["\x1b\x1b[A", "<escape><up>"],
  ["\x1bOP\x8fP\x1b[24~\x1b[15;2~\x1b[1;10P", "<f1><f1><f12><S-f5><M-S-f1>"],
  ["\x1bOM\x1bOp\x1bOy\x1bOk", "<return>09+"],
  // The kitty keyboard protocol.
  ["\x1b[97;5u\x1b[99;5u\x1b[97;69u", "<C-a><C-c><C-a>"],
  ["\x1b[13u\x1b[13;2u\x1b[9u\x1b[127u\x1b[27u", "<return><S-return><tab><backspace><escape>"],
  ["\x1b[97u\x1b[97;2u\x1b[97;65u\x1b[97;66u\x1b[233;2u", "aAAa\u00c9"],
  ["\x1b[49:33;2u\x1b[50;2;64u\x1b[97;;97u\x1b[0;;54620:54620u", "!@a한한"],
  ["\x1b[98;3u\x1b[127;3u\x1b[1089::99;5u", "<M-b><M-backspace><C-c>"],
  ["\x1b[105;5u\x1b[109;5u\x1b[104;5u", "<tab><return><backspace>"],
  ["\x1b[45:95;6u\x1b[47;5u", "<C-_><C-_>"],
  ["\x1b[97;1:1u\x1b[97;1:2u\x1b[1;1:1A\x1b[1;1:2A", "aa<up><up>"],
  ["\x1b[57399u\x1b[57414u\x1b[57417;5u\x1b[57426u", "0<return><C-left><delete>"],
  // modifyOtherKeys.
  ["\x1b[27;5;97~\x1b[27;2;33~\x1b[27;5;9~\x1b[27;3;98~", "<C-a>!<C-tab><M-b>"],
  // A control within a sequence or a string acts on its own.
  ["\x1b[1;\x03a", "<C-c>a"],
  ["\x1b[1;\ra", "<return>a"],
  ["\x1b[1;\x1b[Aa", "<up>a"],
  ["\x1b[1;\u00e9", "\u00e9"],
  ["\x1b]11;rgb\x1b[Aa", "<up>a"],
  ["\x1b]11;rgb\x03a", "a"],
  ["\x1b]11;rgb\ra", "a"],
  ["\x1b]11;rgb\x18a", "a"],
  // Pastes.
  ["a\x1b[200~b\r\x1b[Ac\x1b[201~d", "a<paste b\r\x1b[Ac>d"],
  ["\x1b[200~\x1b[201~", "<paste >"],
  ["\x9b200~b\x9b201~", "<paste b>"],
  ["\x1b[200~one\x1b[200~two\x1b[201~a", "<paste onetwo>a"],
  ["\x1b[200~한국\x1b[20\x1b[201~a", "<paste 한국\x1b[20>a"],
  ["\x1b[200~a\x1b[200~12345678901234567890\x1b[201~a", "<refused 21>a"],
  ["\x1b[200~12345678901234567890\x1b[201~a", "<paste 12345678901234567890>a"],
];

Deno.test("KeyDecoder reads keys and pastes, wherever they are cut", () => {
  for (const [text, keys] of KEYS) {
    // Eight-bit controls are single bytes, all else is UTF-8.
    const parts = text.split(/([\x80-\x9f]|\xc2\x9b)/).map((part, i) =>
      i % 2 === 1 ? bytesOf(part) : utf8(part)
    );
    const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
    for (let cut = 0; cut <= bytes.length; cut++) {
      const cutAt = [bytes.subarray(0, cut), bytes.subarray(cut)];
      assertEquals(decode(...cutAt), keys, JSON.stringify([text, cut]));
    }
  }
});

Deno.test("KeyDecoder treats invalid UTF-8 byte by byte", () => {
  const cases: [bytes: number[], text: string][] = [
    [[0xff, 0x61], "\ufffda"],
    [[0xe5, 0xa0, 0x61], "\ufffd\ufffda"],
    [[0xc0, 0xaf, 0x61], "\ufffd\ufffda"],
    [[0xed, 0xa0, 0xa0, 0x61], "\ufffd\ufffd\ufffda"],
    [[0xf4, 0xa0, 0xa0, 0xa0, 0x61], "\ufffd\ufffd\ufffd\ufffda"],
    [[0xf0, 0x9f, 0x98, 0x80], "😀"],
    [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  ];
  for (const [bytes, text] of cases) {
    assertEquals(decode(Uint8Array.from(bytes)), text);
    assertEquals(decode(...bytes.map((byte) => Uint8Array.of(byte))), text);
  }
});

Deno.test("KeyDecoder treats an incomplete sequence as a key once nothing follows", () => {
  const cases: [sequence: string, keys: string][] = [
    ["\x1b", "<escape>"],
    ["\x1b[", "<M-[>"],
    ["\x1bO", "<M-S-o>"],
    ["\x1b]", "<M-]>"],
    ["\x1bP", "<M-S-p>"],
  ];
  for (const [sequence, keys] of cases) {
    const decoder = new KeyDecoder(MAX_PASTE);
    assertEquals(decoder.read(utf8(sequence)), []);
    assert(decoder.waits);
    assertEquals(decoder.lapse().map(shown).join(""), keys);
    assertEquals(decoder.read(utf8("[A")).map(shown).join(""), "[A");
  }
});

Deno.test("KeyDecoder waits indefinitely for the rest of a sequence that is not a key", () => {
  for (
    const begun of ["\x1b[1", "\x1b[<", "\x1b]1", "\x1bP1", "\x9b", "\x9d", "\x1b[M ", "a", ""]
  ) {
    const decoder = new KeyDecoder(MAX_PASTE);
    decoder.read(bytesOf(begun));
    assertEquals([begun, decoder.waits, decoder.lapse()], [begun, false, []]);
  }
});

Deno.test("KeyDecoder ends an unterminated paste at Ctrl-C, and keeps its text", () => {
  for (const interrupt of ["\x03", "\x1b[99;5u", "\x1b[27;5;99~"]) {
    const decoder = new KeyDecoder(MAX_PASTE);
    const read = (text: string) => decoder.read(utf8(text)).map(shown).join("");
    assertEquals(read("\x1b[200~pas\x03ted"), "");
    assertEquals(read("typed\r"), "");
    assertEquals(read(interrupt), "<paste pas\x03tedtyped\r>");
    assertEquals(read("a\x03"), "a<C-c>");
  }
  const decoder = new KeyDecoder(MAX_PASTE);
  decoder.read(utf8(`\x1b[200~${"a".repeat(30)}\x1b[201`));
  assertEquals(decoder.read(utf8("\x03")).map(shown), ["<refused 35>"]);
});
