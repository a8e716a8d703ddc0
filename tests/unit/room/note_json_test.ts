import { assert, assertEquals } from "@std/assert";
import type { ShownNote } from "../../../client/chat.ts";
import { noteJson } from "../../../room/note_json.ts";
import { parseRecord } from "../../../server/archive/parse_record.ts";
import { safeJson } from "../../../text/safe_json.ts";
import { FULL_NOTE } from "../../support/full_note.ts";
import { CONTROL, HOSTILE_TEXTS } from "../../support/hostile_text.ts";

const NOTE: ShownNote = {
  seq: 7,
  time: Date.UTC(2026, 10, 22, 16, 2, 3, 45),
  name: "ann",
  kind: "said",
  message: "hello",
  verified: true,
};

Deno.test("noteJson() is one line with its fields in order", () => {
  assertEquals(
    noteJson(NOTE, "lobby"),
    '{"seq":7,"time":"2026-11-22T16:02:03.045Z","room":"lobby","name":"ann","kind":"said","message":"hello","verified":true}',
  );
});

Deno.test("noteJson() writes every field of a note, and parseRecord() reads it", () => {
  const record = parseRecord(noteJson(FULL_NOTE, "lobby"));
  assertEquals(record, { type: "note", record: FULL_NOTE, room: "lobby" });
});

Deno.test("noteJson() names the recipient of a private note", () => {
  assertEquals(
    noteJson({ ...NOTE, kind: "whisper", to: "bob" }, "lobby"),
    '{"seq":7,"time":"2026-11-22T16:02:03.045Z","room":"lobby","name":"ann","kind":"whisper","message":"hello","verified":true,"to":"bob"}',
  );
});

Deno.test("noteJson() has null for an unknown room or time", () => {
  const line =
    '{"seq":null,"time":null,"room":"lobby","name":"ann","kind":"said","message":"hi","verified":null}';
  assertEquals(noteJson({ name: "ann", kind: "said", message: "hi" }, "lobby"), line);
});

Deno.test("noteJson() has null for an invalid time", () => {
  for (const time of [2 ** 63, NaN, Infinity, -1, Date.UTC(10_000, 0)]) {
    assertEquals(JSON.parse(noteJson({ ...NOTE, time }, "lobby")).time, null, String(time));
  }
});

const TEXTS = [
  ...HOSTILE_TEXTS,
  "",
  'two\nlines\r\nand "quotes" \\ \\n \\u0041',
  "👩‍💻 🏴\u{e0067}\u{e0062}\u{e007f} می\u200cخواهم é e\u0301 안녕",
  "\ud83d",
  "\ude00\ud83d",
  Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join(""),
  "__proto__",
];

Deno.test("noteJson() preserves the message exactly, on a line that is safe for a terminal", () => {
  for (const text of TEXTS) {
    const note = { ...NOTE, name: text, message: text, kind: "whisper", to: text } as const;
    const line = noteJson(note, text);
    assert(!CONTROL.test(line), line);
    const { time: _, ...rest } = note;
    assertEquals(JSON.parse(line), { ...rest, time: "2026-11-22T16:02:03.045Z", room: text });
  }
});

Deno.test("noteJson() escapes characters outside the basic plane as pairs", () => {
  const line = noteJson({ ...NOTE, message: "\u{e0041}" }, "lobby");
  assert(line.endsWith('"message":"\\udb40\\udc41","verified":true}'), line);
});

Deno.test("safeJson() is one line that is safe for a terminal, and preserves the value", () => {
  for (const room of TEXTS) {
    const line = safeJson({ seq: 1, room });
    assert(!CONTROL.test(line), line);
    assertEquals(JSON.parse(line), { seq: 1, room });
  }
});
