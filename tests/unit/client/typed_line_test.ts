import { assert, assertEquals } from "@std/assert";
import type { LineEvent } from "../../../client/editor/keymap.ts";
import { MAX_PASTES } from "../../../client/editor/pastes.ts";
import { TypedLine } from "../../../client/editor/typed_line.ts";
import { parseKeys, typeText } from "../../support/keys.ts";

/** A typed line, and all events that have come out of it. */
class Typing {
  readonly line = new TypedLine();
  #events: LineEvent[] = [];

  /** Starts with a text that has the cursor at `|`. */
  constructor(shown = "|") {
    const cursor = shown.indexOf("|");
    this.line.buffer.set(shown.replace("|", ""), cursor);
  }

  type(text: string): this {
    return this.#apply(typeText(text));
  }

  press(names: string): this {
    return this.#apply(parseKeys(names));
  }

  paste(text: string): this {
    return this.#apply([{ type: "paste", text }]);
  }

  #apply(inputs: readonly Parameters<TypedLine["apply"]>[0][]): this {
    for (const input of inputs) this.#events.push(...this.line.apply(input));
    return this;
  }

  /** The text, with the cursor at `|`. */
  get shown(): string {
    const { text, before } = this.line.buffer;
    return `${before}|${text.slice(before.length)}`;
  }

  /** Returns the events since the last call. */
  events(): LineEvent[] {
    return this.#events.splice(0);
  }
}

/** The line before, the keys, and the line after them. */
const EDITS: [before: string, keys: string, after: string][] = [
  // Moving.
  ["ab|", "left x", "ax|b"],
  ["ab|", "C-b C-b C-b x", "x|ab"],
  ["|ab", "right x", "ax|b"],
  ["|ab", "C-f C-f C-f x", "abx|"],
  ["a|b", "home x", "x|ab"],
  ["a|b", "C-a x", "x|ab"],
  ["a|b", "end x", "abx|"],
  ["a|b", "C-e x", "abx|"],
  ["👩‍💻e\u0301b|", "left left x", "👩‍💻x|e\u0301b"],
  ["क्षि🇰🇷|", "C-b C-b x", "x|क्षि🇰🇷"],
  ["|👩‍💻🇰🇷b", "right right x", "👩‍💻🇰🇷x|b"],
  ["|ab", "S-right x", "ax|b"],
  ["né cafe\u0301|", "M-b M-b x", "x|né cafe\u0301"],
  ["né cafe\u0301|", "M-b M-b M-b x", "x|né cafe\u0301"],
  ["|né cafe\u0301 b", "M-f M-f x", "né cafe\u0301x| b"],
  ["one two|", "C-left x", "one x|two"],
  ["one two|", "M-left x", "one x|two"],
  ["|one two", "C-right x", "onex| two"],
  ["|one two", "M-right x", "onex| two"],
  ["|one two", "C-M-right x", "onex| two"],
  // Deleting.
  ["a👩‍💻|", "backspace", "a|"],
  ["a🇰🇷🇯🇵|", "backspace", "a🇰🇷|"],
  ["ae\u0301|", "backspace", "a|"],
  ["aक्षि|", "backspace", "a|"],
  ["a\u1112\u1161\u11ab|", "backspace", "a|"],
  ["می\u200c|خواهم", "backspace", "م|خواهم"],
  ["|ab", "backspace", "|ab"],
  ["|👩‍💻e\u0301b", "delete delete", "|b"],
  ["ab|", "delete", "ab|"],
  ["|🇰🇷b", "C-d", "|b"],
  ["ab|", "C-d", "ab|"],
  // Cutting, and inserting it.
  ["one cafe\u0301|", "C-w", "one |"],
  ["one two|", "C-backspace", "one |"],
  ["one two|", "M-backspace", "one |"],
  ["|né cafe\u0301", "M-d", "| cafe\u0301"],
  ["|one two", "C-delete", "| two"],
  ["|one two", "M-delete", "| two"],
  ["한국어|b", "C-u", "|b"],
  ["한국어|b", "C-S-backspace", "|b"],
  ["ab|한국", "C-k home C-y", "한국|ab"],
  ["ab|한국", "C-S-delete home C-y", "한국|ab"],
  ["one two|", "C-w C-y C-y", "one twotwo|"],
  ["one two three|", "C-w C-w C-y", "one two three|"],
  ["|one two three", "M-d M-d C-y", "one two| three"],
  ["one |two", "C-k C-u C-y", "one two|"],
  ["one two|", "C-w left right C-w C-y", "one |"],
  ["ab|", "C-y", "ab|"],
  // Swapping, and changing case.
  ["a👩‍💻|", "C-t", "👩‍💻a|"],
  ["e\u0301|🇰🇷b", "C-t", "🇰🇷e\u0301|b"],
  ["a|", "C-t", "a|"],
  ["|ab", "C-t", "|ab"],
  ["|straße two", "M-u", "STRASSE| two"],
  ["|ONE two", "M-l", "one| two"],
  ["|  éTÉ two", "M-c", "  Été| two"],
  ["ab|", "M-u", "ab|"],
  // Undo.
  ["|", "o n e C-_", "|"],
  ["|", "o n left e C-_", "o|n"],
  ["one two|", "C-w C-w C-_ C-_", "one two|"],
  ["one two|", "C-w C-_ C-_ C-_", "|"],
  ["|one", "M-u C-_", "|one"],
  ["ab|", "x delete M-u C-y C-_", "ab|"],
  ["ab|", "C-t C-_", "ab|"],
  // Keys that do nothing.
  ["a|b", "escape insert pageup pagedown f1 S-f5 M-x C-x C-tab C-return M-return C-S-left", "a|b"],
];

Deno.test("TypedLine edits by keys", () => {
  for (const [before, keys, after] of EDITS) {
    const typing = new Typing(before).press(keys);
    assertEquals([before, keys, typing.shown], [before, keys, after]);
    assertEquals(typing.events(), []);
  }
});

Deno.test("TypedLine says a line at Enter, and is empty then", () => {
  const typing = new Typing().type("one 한국어").press("C-w C-y left return");
  assertEquals(typing.events(), [{ type: "line", text: "one 한국어" }]);
  assertEquals(typing.press("C-_").shown, "|");
  assertEquals(typing.type("a").press("enter").events(), [{ type: "line", text: "a" }]);
  assertEquals(typing.press("return").events(), [{ type: "line", text: "" }]);
});

Deno.test("TypedLine treats a return and a newline as one Enter", () => {
  const typing = new Typing().type("one").press("return enter").type("two").press("return");
  assertEquals(typing.events(), [{ type: "line", text: "one" }, { type: "line", text: "two" }]);
  assertEquals(typing.press("enter enter").events(), [{ type: "line", text: "" }]);
});

Deno.test("TypedLine leaves keys to the editor that are not for the line", () => {
  const events: [keys: string, type: LineEvent["type"]][] = [
    ["C-l", "clear"],
    ["C-z", "suspend"],
    ["tab", "complete"],
    ["S-tab", "complete"],
  ];
  for (const [keys, type] of events) {
    const typing = new Typing("a|b").press(keys);
    assertEquals([keys, typing.events(), typing.shown], [keys, [{ type }], "a|b"]);
  }
  const empty: [keys: string, type: LineEvent["type"]][] = [
    ["C-d", "close"],
    ["x backspace C-d", "close"],
    ["C-c", "interrupt"],
    ["x C-c C-c", "interrupt"],
  ];
  for (const [keys, type] of empty) {
    assertEquals([keys, new Typing().press(keys).events()], [keys, [{ type }]]);
  }
});

Deno.test("TypedLine undoes a hundred edits", () => {
  const typing = new Typing();
  for (let i = 1; i <= 101; i++) typing.press("x left end");
  for (let i = 1; i <= 200; i++) typing.press("C-_");
  assertEquals(typing.shown, "x|");
});

/** Lines said before, the text typed then, keys, and the line after them. */
const RECALLS: [lines: string[], typed: string, keys: string, after: string][] = [
  [[], "ab", "up", "ab|"],
  [[], "ab", "down C-n", "ab|"],
  [["one"], "", "up", "one|"],
  [["one", "two"], "", "up up up", "one|"],
  [["one", "two"], "", "up up down", "two|"],
  [["one", "two"], "", "up up down down down", "|"],
  [["one", "two"], "draft", "C-p C-n", "draft|"],
  [["one", "two"], "draft", "left C-p C-p C-n C-n", "draft|"],
  [["one", " ", ""], "", "up", "one|"],
  [["one", "two", "two"], "", "up x C-p", "one|"],
  // Up looks for lines that start with the text before the cursor, C-p for any.
  [["a 1", "b 2", "a 3"], "a", "up up", "a 1|"],
  [["a 1", "b 2", "a 3"], "a", "up up up", "a 1|"],
  [["a 1", "b 2", "a 3"], "a", "up up down down", "a|"],
  [["a 1", "b 2", "a 3"], "a", "C-p C-p", "b 2|"],
  [["a 1", "b 2", "a 3"], "ab", "left up", "a 3|"],
  [["a 1", "b 2", "a 3"], "c", "up", "c|"],
  [["a 1", "a 2"], "a 2", "up", "a 2|"],
  [["a 1", "a 2"], "a 2", "C-p", "a 1|"],
  // A change starts another look.
  [["b 1", "a 2"], "", "up C-u b up", "b 1|"],
  [["one", "two"], "", "up x up", "twox|"],
  [["one", "two"], "", "up x C-p", "one|"],
  [["one", "two"], "", "up C-_", "|"],
  [["a", "b"], "", "up return b up", "b|"],
  [["b", "a 1", "a 2"], "a", "up C-p C-p", "b|"],
  // A line typed over a recalled one is the one to come back to.
  [["one"], "", "up C-u d o w n down", "down|"],
  [["one"], "", "up x down", "onex|"],
  [["one", "two"], "", "C-p C-p C-u x C-n C-n", "x|"],
];

Deno.test("TypedLine recalls lines", () => {
  for (const [lines, typed, keys, after] of RECALLS) {
    const typing = new Typing();
    for (const line of lines) typing.type(line).press("return");
    assertEquals([keys, typing.type(typed).press(keys).shown], [keys, after]);
  }
});

Deno.test("TypedLine keeps the cursor out of a paste, regardless of the text after it", () => {
  const typing = new Typing().paste("one\ntwo").type("\u0301");
  assertEquals(typing.press("C-b x").shown, "x|⟦2 lines⟧\u0301");
});

Deno.test("TypedLine keeps a thousand lines", () => {
  const typing = new Typing();
  for (let i = 1; i <= 1_001; i++) typing.type(`${i}`).press("return");
  for (let i = 1; i <= 1_001; i++) typing.press("up");
  assertEquals(typing.shown, "2|");
});

Deno.test("TypedLine drops the line at C-c, and keeps it in the history", () => {
  const typing = new Typing().type("one").press("return").type("half a line").press("C-c");
  assertEquals(typing.shown, "|");
  assertEquals(typing.press("C-_").shown, "|");
  assertEquals(typing.press("up").shown, "half a line|");
  assertEquals(typing.press("up").shown, "one|");
});

Deno.test("TypedLine shows a paste of several lines as one character, and asks before it is said", () => {
  const typing = new Typing("see: |!").paste("one\r\n\ttwo\rthree\x1b[31m\n");
  assertEquals(typing.shown, "see: ⟦3 lines⟧|!");
  const text = "see: one\n\ttwo\nthree\x1b[31m!";
  assertEquals(typing.press("return").events(), [{ type: "confirm", text }]);
  assertEquals(typing.press("left backspace right").shown, "see:⟦3 lines⟧|!");
  const edited = "see:one\n\ttwo\nthree\x1b[31m!";
  const confirm: LineEvent = { type: "confirm", text: edited };
  assertEquals(typing.press("return").events(), [confirm]);
  assertEquals(typing.press("left right return").events(), [{ type: "line", text: edited }]);
  assertEquals(typing.shown, "|");
  // Another line, though with the same text.
  assertEquals(typing.press("up return").events(), [confirm]);
  assertEquals(typing.press("C-c up return").events(), [confirm]);
  assertEquals(typing.press("x backspace return").events(), [confirm]);
  assertEquals(typing.press("left backspace return").events(), [{ type: "line", text: "see:!" }]);
});

Deno.test("TypedLine edits around the token of a paste", () => {
  const edits: [keys: string, after: string][] = [
    ["backspace", "a |b"],
    ["left x", "a x|⟦2 lines⟧b"],
    ["left delete", "a |b"],
    ["M-b x", "a x|⟦2 lines⟧b"],
    ["left M-f x", "a ⟦2 lines⟧x|b"],
    ["C-w", "a |b"],
    ["C-t", "a b⟦2 lines⟧|"],
    ["left M-u", "a ⟦2 lines⟧|b"],
    ["home C-k C-y", "a ⟦2 lines⟧b|"],
  ];
  for (const [keys, after] of edits) {
    const typing = new Typing("a |b").paste("one\ntwo").press(keys);
    assertEquals([keys, typing.shown], [keys, after]);
  }
});

Deno.test("TypedLine inserts a paste with one newline at its end as text to continue", () => {
  const typing = new Typing().paste("one\n").type(" more").press("return");
  assertEquals(typing.events(), [{ type: "line", text: "one more" }]);
});

Deno.test("TypedLine says a paste as it is", () => {
  const text = "a\x1b[2Jb\tc\u202ed\u200be";
  assertEquals(new Typing().paste(text).press("return").events(), [{ type: "line", text }]);
});

Deno.test("TypedLine refuses a paste that has no room, and typed text too", () => {
  const typing = new Typing().paste("x".repeat(MAX_PASTES.chars));
  assertEquals(typing.paste("one").events(), [{ type: "refuse", chars: 3 }]);
  typing.type("y").press("return");
  assertEquals(typing.events(), [{ type: "line", text: "x".repeat(MAX_PASTES.chars) }]);
  for (let i = 0; i < MAX_PASTES.count; i++) typing.paste("one\ntwo");
  assertEquals(typing.events(), []);
  assertEquals(typing.paste("three\n\n").events(), [{ type: "refuse", chars: 7 }]);
  typing.line.apply({ type: "refused", chars: 10 });
  assertEquals(typing.line.apply({ type: "refused", chars: 9 }), [{ type: "refuse", chars: 9 }]);
});

Deno.test("TypedLine restores a text in an empty line, with its pastes", () => {
  const typing = new Typing().type("see ").paste("one\ntwo").press("return return");
  const text = "see one\ntwo";
  assertEquals(typing.events(), [{ type: "confirm", text }, { type: "line", text }]);
  assert(typing.line.restore(text));
  assertEquals(typing.shown, "see ⟦2 lines⟧|");
  assert(!typing.line.restore(text));
  assertEquals(typing.press("C-c").shown, "|");
  assert(typing.line.restore("from\nelsewhere"));
  assertEquals(typing.shown, "⟦2 lines #2⟧|");
  const confirm: LineEvent = { type: "confirm", text: "from\nelsewhere" };
  assertEquals(typing.press("return").events(), [confirm]);
});

Deno.test("TypedLine replaces a restored text by another one, and does not join the two", () => {
  for (const other of ["type", "paste"] as const) {
    const typing = new Typing();
    assert(typing.line.restore("one"));
    assertEquals(typing[other]("two").shown, "two|");
    assertEquals(typing.events(), [{ type: "aside", text: "one" }]);
    assertEquals(typing.press("C-_ C-_").shown, "one|");
  }
});

Deno.test("TypedLine leaves a restored text to a person who edits it", () => {
  for (const [keys, rest, after] of [["backspace", "ce", "once|"], ["end", " more", "one more|"]]) {
    const typing = new Typing();
    typing.line.restore("one");
    assertEquals([typing.press(keys!).type(rest!).shown, typing.events()], [after, []]);
  }
});

Deno.test("TypedLine.complete() completes as far as the candidates agree, or returns them", () => {
  const cases: [before: string, candidates: string[], fragment: string, after: string][] = [
    ["a bo| c", ["bob"], "bo", "a bob| c"],
    ["a|", ["anna", "annette"], "a", "ann|"],
    ["한|", ["한국어", "한국말"], "한", "한국|"],
    ["AN|", ["anna"], "AN", "anna|"],
  ];
  for (const [before, candidates, fragment, after] of cases) {
    const typing = new Typing(before);
    const choices = typing.line.complete([candidates, fragment]);
    assertEquals([before, typing.shown, choices], [before, after, []]);
    assertEquals(typing.press("C-_").shown, before);
  }
  const typing = new Typing("ann|");
  assertEquals(typing.line.complete([[], "ann"]), []);
  assertEquals(typing.line.complete([["anna", "annette"], "ann"]), ["anna", "annette"]);
  assertEquals(typing.line.complete([["ann"], "ann"]), []);
  assertEquals(typing.shown, "ann|");
});
