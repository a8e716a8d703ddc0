import { assertEquals } from "@std/assert";
import { KeyDecoder } from "../../../client/editor/key_decoder.ts";
import type { Key } from "../../../client/editor/key.ts";
import { bindingOf, KEYMAP } from "../../../client/editor/keymap.ts";
import { SEARCH_KEYMAP, searchBindingOf } from "../../../client/editor/search_keymap.ts";

/**
 * The sequences that terminals send for keys with a binding, besides Ctrl and Alt with a letter or digit.
 */
const SEQUENCES: Readonly<Record<string, string>> = {
  "up": "\x1b[A",
  "down": "\x1b[B",
  "right": "\x1b[C",
  "left": "\x1b[D",
  "home": "\x1b[H",
  "end": "\x1b[F",
  "delete": "\x1b[3~",
  "backspace": "\x7f",
  "tab": "\t",
  "return": "\r",
  "enter": "\n",
  "M-return": "\x1b\r",
  "M-enter": "\x1b\n",
  "S-return": "\x1b[13;2u",
  "pageup": "\x1b[5~",
  "pagedown": "\x1b[6~",
  "M-<": "\x1b<",
  "M->": "\x1b>",
  "C-left": "\x1b[1;5D",
  "M-left": "\x1b[1;3D",
  "C-right": "\x1b[1;5C",
  "M-right": "\x1b[1;3C",
  "C-backspace": "\x1b[127;5u",
  "M-backspace": "\x1b\x7f",
  "C-S-backspace": "\x1b[127;6u",
  "C-delete": "\x1b[3;5~",
  "M-delete": "\x1b[3;3~",
  "C-S-delete": "\x1b[3;6~",
  "C-_": "\x1f",
};

/** Returns the bytes that a terminal sends for a key. */
function sequenceOf(key: string): string {
  const [, control, letter = ""] = /^(?:(C)|M)-([a-z1-9])$/.exec(key) ?? [];
  if (letter === "") return SEQUENCES[key] ?? "";
  return control ? String.fromCharCode(letter.charCodeAt(0) & 0x1f) : `\x1b${letter}`;
}

/** Decodes what a terminal sends for a key, or for two in a row. */
function keysOf(name: string): Key[] {
  const decoder = new KeyDecoder(0);
  const sent = name === "escape" ? "\x1b" : name.split(" ").map(sequenceOf).join("");
  const inputs = [...decoder.read(new TextEncoder().encode(sent)), ...decoder.lapse()];
  return inputs.filter((input) => input.type === "key");
}

Deno.test("KEYMAP binds keys that terminals send, each of them once", () => {
  for (const binding of KEYMAP) {
    for (const name of binding.keys) {
      assertEquals([name, bindingOf(...keysOf(name))], [name, binding]);
    }
  }
});

Deno.test("SEARCH_KEYMAP binds keys that terminals send, each of them once", () => {
  for (const binding of SEARCH_KEYMAP) {
    for (const name of binding.keys) {
      const bindings = keysOf(name).map(searchBindingOf);
      assertEquals([name, bindings], [name, [binding]]);
    }
  }
});

Deno.test("Shift-Enter and Alt-Enter are known from terminals with either protocol", () => {
  for (const [modifier, key] of [["2", { shift: true }], ["3", { meta: true }]] as const) {
    for (const sent of [`\x1b[13;${modifier}u`, `\x1b[27;${modifier};13~`]) {
      const keys = new KeyDecoder(0).read(new TextEncoder().encode(sent));
      assertEquals(keys, [{ type: "key", name: "return", ...key }]);
    }
  }
});
