import { assertEquals } from "@std/assert";
import { NAME_COLORS, style } from "../../../../client/render/style.ts";
import { renderNote } from "../../../../client/render/render.ts";
import css from "../../../../client/web/page.css" with { type: "text" };
import { styledTexts } from "../../../../client/web/styled_text.ts";

const STYLE = style({ color: true, attributes: true });

Deno.test("styledTexts() finds every style of a row, and the text between", () => {
  const { name, dim, strong, mention } = STYLE;
  const colored = name("ann");
  const [, color] = /38;5;(\d+)m/.exec(colored)!;
  assertEquals(
    styledTexts(`${dim("17:02")} [${colored}] ${strong(`hi ${mention("bob")}.`)}${dim("!")}`),
    [
      { text: "17:02", classes: ["dim"] },
      { text: " [", classes: [] },
      { text: "ann", classes: ["name", `c${color}`] },
      { text: "] ", classes: [] },
      { text: "hi ", classes: ["strong"] },
      { text: "bob", classes: ["strong", "named"] },
      { text: ".", classes: ["strong"] },
      { text: "!", classes: ["dim"] },
    ],
  );
  assertEquals(styledTexts("plain"), [{ text: "plain", classes: [] }]);
  assertEquals(styledTexts(""), []);
});

Deno.test("styledTexts() has no style that an author has written", () => {
  const message = "\x1b[1mbold\x1b[22m \x1b[38;5;200mpink";
  const rows = renderNote({ name: "ann", message, kind: "said" }, { time: "off", style: STYLE });
  assertEquals(styledTexts(rows[0]!).map(({ classes }) => classes[0]), [
    undefined,
    "name",
    undefined,
  ]);
});

Deno.test("the style sheet of the page has the colors of names that the terminal has", () => {
  const colors = Array.from(
    css.matchAll(/^\.c(\d+) \{\n {2}--name: #([0-9a-f]{6});/gm),
    ([, index, rgb]) => [Number(index), rgb],
  );
  // A color of xterm's cube: 16 + 36 red + 6 green + blue, each one of six levels.
  const levels = [0, 95, 135, 175, 215, 255];
  const rgb = (index: number) =>
    [36, 6, 1].map((unit) => levels[Math.floor((index - 16) / unit) % 6]!)
      .map((level) => level.toString(16).padStart(2, "0")).join("");
  assertEquals(colors, NAME_COLORS.map((index) => [index, rgb(index)]));
});
