import { assert, assertEquals } from "@std/assert";
import { NAME_COLORS, style, type StyleOptions } from "../../../client/render/style.ts";

/** The channel values of the cube's six steps. */
const STEPS = [0, 95, 135, 175, 215, 255];

/** Red, green and blue, each from 0 to 1, of an entry of the 256-color cube. */
function rgb(color: number): [number, number, number] {
  const index = color - 16;
  const step = (place: number) => STEPS[Math.floor(index / place) % 6]! / 255;
  return [step(36), step(6), step(1)];
}

/** WCAG 2.2, "relative luminance". */
function luminance(color: number): number {
  const [r, g, b] = rgb(color).map((channel) =>
    channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  );
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

/** The hue in degrees, as in HSL. */
function hue(color: number): number {
  const [r, g, b] = rgb(color);
  return (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180 / Math.PI + 360) % 360;
}

Deno.test("every color of a name has a contrast of 3:1 to black and to white", () => {
  for (const color of NAME_COLORS) {
    assert(color >= 16 && color < 232, `${color} is not in the cube`);
    const light = luminance(color) + 0.05;
    assert(light / 0.05 >= 3, `${color} on black: ${light / 0.05}`);
    assert(1.05 / light >= 3, `${color} on white: ${1.05 / light}`);
  }
});

Deno.test("the colors of names differ in hue", () => {
  assert(NAME_COLORS.length >= 12);
  const hues = NAME_COLORS.map(hue).sort((a, b) => a - b);
  for (const [i, value] of hues.entries()) {
    const next = hues[(i + 1) % hues.length]! + (i + 1 === hues.length ? 360 : 0);
    assert(next - value >= 5, `${value} and ${next} are close`);
  }
});

Deno.test("a name has one color, however it is spelt and wherever it appears", () => {
  const { name } = style({ color: true, attributes: true });
  const [on, off] = name("bob").split("bob");
  assertEquals(off, "\x1b[39m");
  for (const same of ["BOB", "Ｂｏｂ"]) assertEquals(name("x", same), `${on}x${off}`);
});

Deno.test("names are spread over all colors", () => {
  const { name } = style({ color: true, attributes: false });
  const seen = new Set(Array.from({ length: 500 }, (_, i) => name("x", `guest${i}`)));
  assertEquals(seen.size, NAME_COLORS.length);
});

/** Returns a word in each style. */
function styled(options: StyleOptions): string[] {
  const { name, strong, dim, mention, fresh } = style(options);
  return [name("a"), strong("b"), dim("c"), mention("d"), fresh("e")];
}

Deno.test("without colors there may be weights, without both marks, or plain text", () => {
  assertEquals(styled({ color: true, attributes: true }).slice(1), [
    "\x1b[1mb\x1b[22m",
    "\x1b[2mc\x1b[22m",
    "\x1b[7md\x1b[27m",
    "\x1b[38;5;160m\x1b[1me\x1b[22m\x1b[39m",
  ]);
  assertEquals(styled({ color: false, attributes: true }), [
    "a",
    "\x1b[1mb\x1b[22m",
    "\x1b[2mc\x1b[22m",
    "\x1b[7md\x1b[27m",
    "\x1b[1me\x1b[22m",
  ]);
  const nothing = { color: false, attributes: false };
  assertEquals(styled({ ...nothing, marks: true }), ["a", "b", "c", "»d«", "e"]);
  assertEquals(styled(nothing), ["a", "b", "c", "d", "e"]);
});

Deno.test("the color of the line in front of new notes is one that every terminal shows well", () => {
  const [, color] = /38;5;(\d+)m/.exec(style({ color: true, attributes: true }).fresh("x"))!;
  assert(NAME_COLORS.includes(Number(color)));
});
