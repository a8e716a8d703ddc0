import { assertEquals } from "@std/assert";
import { KeyDecoder } from "../../../client/editor/key_decoder.ts";
import { bindingOf, KEYMAP } from "../../../client/editor/keymap.ts";

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

Deno.test("KEYMAP binds keys that terminals send, each of them once", () => {
  for (const binding of KEYMAP) {
    for (const name of binding.keys) {
      const inputs = new KeyDecoder(0).read(new TextEncoder().encode(sequenceOf(name)));
      const bindings = inputs.map((input) => input.type === "key" ? bindingOf(input) : undefined);
      assertEquals([name, bindings], [name, [binding]]);
    }
  }
});
