import { assert, assertEquals } from "@std/assert";
import { History } from "../../../client/editor/history.ts";
import type { LineEvent } from "../../../client/editor/keymap.ts";
import { MAX_PASTES } from "../../../client/editor/pastes.ts";
import { TypedLine } from "../../../client/editor/typed_line.ts";
import { parseKeys, typeText } from "../../support/keys.ts";

/** A typed line, and all events that have come out of it. */
class Typing {
  readonly line: TypedLine;
  #events: LineEvent[] = [];

  /** Starts with a text that has the cursor at `|`. */
  constructor(shown = "|", history = new History()) {
    this.line = new TypedLine(history);
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
    const { text, cursor } = this.line.visible;
    return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
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
  // Rows.
  ["ab|", "M-return x", "ab\nx|"],
  ["a|b", "M-enter x", "a\nx|b"],
  ["a|b", "S-return", "a\n|b"],
  ["one\ntwo|\nthree", "C-a x", "one\nx|two\nthree"],
  ["one\nt|wo\nthree", "end x", "one\ntwox|\nthree"],
  ["one\ntw|o\nthree", "up x", "onx|e\ntwo\nthree"],
  ["one\ntw|o\nthree", "down x", "one\ntwo\nthx|ree"],
  ["one\ntwo\n|", "up up up x", "x|one\ntwo\n"],
  ["|\none", "down x", "\nx|one"],
  ["a\n한국어 말|", "C-p x", "ax|\n한국어 말"],
  ["abc|d\n한국어", "C-n x", "abcd\n한x|국어"],
  ["ab\nc|d\ne", "C-k C-k C-k", "ab\nc|"],
  ["ab\nc|d\ne", "C-u C-u C-u C-u", "|d\ne"],
  ["one\n|two", "C-w", "|two"],
  ["one\n|two", "backspace", "one|two"],
  // Undo.
  ["|", "o n e C-_", "|"],
  ["|", "o n e C-x C-u", "|"],
  ["|", "o n M-return e C-_", "on\n|"],
  ["|", "o n M-return e C-_ C-_", "on|"],
  ["one|", "backspace backspace C-d C-_", "one|"],
  ["|one", "delete delete C-_", "|one"],
  ["one|", "backspace left delete C-_", "o|n"],
  ["|", "o n left e C-_ C-x C-r", "oe|n"],
  ["one two|", "C-w C-w C-_ C-_ C-x C-r C-x C-r C-x C-r", "|"],
  ["|", "o C-_ x C-x C-r", "x|"],
  ["|", "o n left e C-_", "o|n"],
  ["one two|", "C-w C-w C-_ C-_", "one two|"],
  ["one two|", "C-w C-_ C-_ C-_", "|"],
  ["|one", "M-u C-_", "|one"],
  ["ab|", "x delete M-u C-y C-_", "ab|"],
  ["ab|", "C-t C-_", "ab|"],
  // Keys that do nothing.
  ["a|b", "escape insert pageup pagedown f1 S-f5 M-x C-x C-x C-tab C-return C-S-left", "a|b"],
  ["a|b", "C-x x C-x left C-x C-a C-x escape C-s C-g", "a|b"],
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
  [["one", "two"], "draft", "up M-< M->", "draft|"],
  [["one", "two"], "", "M-> M-< M-<", "one|"],
  // Lines that start with a space are left out.
  [["one", " two"], "", "up", "one|"],
  // Any line is next, whatever was typed.
  [["a 1", "b 2", "a 3"], "a", "up up", "b 2|"],
  // Lines that are shown stay edited until one is sent.
  [["one", "two"], "", "up x up y down", "twox|"],
  [["one", "two"], "", "up x up y down up", "oney|"],
  [["one", "two"], "draft", "up x down ! down", "draft!|"],
  [["one", "two"], "", "up x up y C-u n o w return up up", "two|"],
  [["one", "two"], "", "up x up y C-c up up up", "one|"],
  // Each has its own edits to undo.
  [["one", "two"], "draft", "up C-_", "two|"],
  [["one", "two"], "", "up x up y C-_ C-_", "one|"],
  [["one", "two"], "", "up x up y C-_ C-_ down C-_", "two|"],
  // A row above or below is nearer than a line.
  [["one"], "", "t M-return u up up", "one|"],
  [["one"], "", "t M-return u up up down", "t\nu|"],
  [["one", " ", ""], "", "up", "one|"],
  [["one", "two", "two"], "", "up x C-p", "one|"],
  // PageUp looks for lines that start with the text before the cursor.
  [["a 1", "b 2", "a 3"], "a", "pageup pageup", "a| 1"],
  [["a 1", "b 2", "a 3"], "a", "pageup pageup pageup", "a| 1"],
  [["a 1", "b 2", "a 3"], "a", "pageup pageup pagedown pagedown", "a|"],
  [["a 1", "b 2", "a 3"], "ab", "left pageup", "a| 3"],
  [["a 1", "b 2", "a 3"], "c", "pageup", "c|"],
  [["a 1", "a 2"], "a 2", "pageup", "a 2|"],
  [["b 1", "a 2"], "", "up C-u b pageup", "b| 1"],
  [["one"], "", "up C-u t w o down up", "two|"],
  // C-r searches.
  [["one two", "two three", "three"], "x", "C-r t w", "|two three"],
  [["one two", "two three", "three"], "x", "C-r t w C-r", "one |two"],
  [["one two", "two three", "three"], "x", "C-r t w C-r C-r", "one |two"],
  [["one two", "two three", "three"], "x", "C-r t w C-r C-s", "|two three"],
  [["one two", "two three", "three"], "x", "C-r t w o C-r C-r C-s", "|two three"],
  [["one two", "two three", "three"], "x", "C-r t w C-r backspace", "|two three"],
  [["one two", "two three", "three"], "x", "C-r n backspace backspace backspace", "x|"],
  [["one two", "two three", "three"], "x", "C-r n C-g", "x|"],
  [["one two", "two three", "three"], "x", "C-r n escape y", "xy|"],
  [["one two", "two three", "three"], "x", "C-r n C-c", "x|"],
  [["one two", "two three", "three"], "x", "C-r n tab !", "o!|ne two"],
  [["one two", "two three", "three"], "x", "C-r n right !", "on!|e two"],
  [["one two", "two three", "three"], "x", "C-r n end !", "one two!|"],
  [["one two", "two three", "three"], "x", "C-r n up down down down", "x|"],
  [["one two", "two three", "three"], "x", "C-r n C-x C-u", "o|ne two"],
  [["one two", "two three", "three"], "x", "C-r n f1", "o|ne two"],
  [["one two", "two three", "three"], "x", "C-r n C-g C-r C-r", "o|ne two"],
  [["one two", "two three", "three"], "x", "C-r z z C-r t tab !", "x!|"],
  [["one two", "two three", "three"], "three", "C-r t h tab", "|three"],
  [["One", "one", "One!"], "", "C-r o n e C-r", "|one"],
  [["One", "one", "One!"], "", "C-r O n e C-r", "|One"],
  [["a", "b", "a"], "", "C-r a C-r", "|a"],
  [["ab", "ab c", "ab"], "", "C-r a b C-r C-r", "|ab"],
  [["한국어 말", "말"], "", "C-r 국", "한|국어 말"],
  [[], "x", "C-r C-r C-s a backspace tab", "x|"],
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
  assert(typing.line.restore("typed\nin rows"));
  assertEquals(typing.shown, "typed\nin rows|");
  const said: LineEvent = { type: "line", text: "typed\nin rows" };
  assertEquals(typing.press("return").events(), [said]);
});

Deno.test("TypedLine says several rows as one text, without asking", () => {
  const typing = new Typing().type("one").press("M-return").type("two").press("return");
  assertEquals(typing.events(), [{ type: "line", text: "one\ntwo" }]);
  assertEquals(typing.press("up").shown, "one\ntwo|");
  typing.press("up backspace").paste("1\n2").press("return return");
  const text = "one1\n2\ntwo".replace("one1", "on1");
  assertEquals(typing.events(), [{ type: "confirm", text }, { type: "line", text }]);
});

Deno.test("TypedLine undoes a paste, a kill and a completion as one edit each", () => {
  const typing = new Typing().type("see ").paste("a b c").type(" and ").paste("1\n2").type(" bo");
  typing.line.complete([["bob"], "bo"]);
  typing.press("C-w C-w");
  const shown = ["see a b c and |"];
  for (let i = 0; i < 7; i++) shown.push(typing.press("C-_").shown);
  assertEquals(shown, [
    "see a b c and |",
    "see a b c and ⟦2 lines⟧ |",
    "see a b c and ⟦2 lines⟧ bob|",
    "see a b c and ⟦2 lines⟧ bo|",
    "see a b c and ⟦2 lines⟧|",
    "see a b c and |",
    "see a b c|",
    "see |",
  ]);
});

Deno.test("TypedLine searches for pasted text, and sends the line found at Enter", () => {
  const typing = new Typing().type("one").press("return").type("two").press("return");
  typing.events();
  typing.type("draft").press("C-r").paste("ne\nmore");
  assertEquals(typing.line.visible, {
    text: "one",
    cursor: 1,
    search: { query: "ne", failed: false },
  });
  typing.type("x");
  assertEquals(typing.line.visible.search, { query: "nex", failed: true });
  assert(!typing.line.restore("refused"));
  assertEquals(typing.press("return").events(), [{ type: "line", text: "one" }]);
  assertEquals(typing.shown, "|");
  assertEquals(typing.press("up up up").shown, "one|");
  typing.press("C-r").type("y".repeat(300));
  assertEquals(typing.line.visible.search, { query: "y".repeat(200), failed: true });
});

Deno.test("TypedLine hands lines that are sent to its history, with pastes in their places", () => {
  const sent: string[] = [];
  const history = new History(["before"], (text) => void sent.push(text));
  const typing = new Typing("|", history);
  assertEquals(typing.press("up").shown, "before|");
  typing.paste("1\n2").press("return return").type(" spaced").press("return");
  typing.type("dropped").press("C-c").press("up").type("?").press("return return");
  assertEquals(sent, ["before1\n2", "dropped?"]);
  assertEquals(typing.press("up up up up").shown, "before|");
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
