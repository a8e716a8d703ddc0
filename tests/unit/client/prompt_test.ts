import { assert, assertEquals } from "@std/assert";
import { renderPrompt } from "../../../client/terminal/prompt.ts";
import { PLAIN } from "../../../client/render/style.ts";
import { maxWidth } from "../../../text/width.ts";

/** Formats the prompt in the first of some rooms: each its name, its notes and its mentions. */
function prompt(columns: number, ...rooms: [room: string, notes?: number, mentions?: number][]) {
  const open = rooms.map(([room, notes = 0, mentions = 0]) => (
    { room, missed: { notes, mentions } }
  ));
  return renderPrompt({ rooms: open, current: open[0]!, columns, style: PLAIN });
}

Deno.test("renderPrompt() says where a person with several rooms is, and what is new elsewhere", () => {
  assertEquals(prompt(80, ["lobby"]), "> ");
  assertEquals(prompt(80, ["lobby"], ["dev"]), "lobby> ");
  assertEquals(prompt(80, ["lobby"], ["dev", 3], ["x"], ["ops", 7, 1]), "lobby> ·dev 3 ·ops @1 ");
  assertEquals(prompt(80, ["lobby"], ["dev", 1_234]), "lobby> ·dev 1,234 ");
});

Deno.test("renderPrompt() leaves half of the row to the line, and counts marks without room", () => {
  const rooms: [string, number?, number?][] = [["lobby"], ["dev", 3], ["design", 2], ["ops", 7, 1]];
  const shown = new Map([
    [64, "lobby> ·dev 3 ·design 2 ·ops @1 "],
    [50, "lobby> ·dev 3 ·ops @1 +1 "],
    [38, "lobby> ·ops @1 +2 "],
    [20, "lobby> @1 "],
    [18, "lob…> @1 "],
    [12, "lob…> "],
  ]);
  for (const [columns, expected] of shown) {
    assertEquals([columns, prompt(columns, ...rooms)], [columns, expected]);
  }
  assertEquals(prompt(20, ["lobby"], ["dev", 3], ["design", 2]), "lobby> +2 ");
});

Deno.test("renderPrompt() names the person to whom lines go within half a row, before the room", () => {
  const one = [{ room: "lobby", missed: { notes: 0, mentions: 0 } }];
  const two = [...one, { room: "dev", missed: { notes: 3, mentions: 0 } }];
  const shown = (rooms: typeof one, queried: string, columns: number) =>
    renderPrompt({ rooms, current: rooms[0]!, queried, columns, style: PLAIN });
  assertEquals(shown(one, "ann", 80), "@ann> ");
  assertEquals(shown(one, "a name of many words", 20), "@a name…> ");
  assertEquals(shown(one, "민수민수민수", 20), "@민수민…> ");
  assertEquals(shown(one, "민수민수민수", 4), "@민…> ");
  assertEquals(shown(two, "ann", 80), "lobby @ann> ·dev 3 ");
  assertEquals(shown(two, "ann", 20), "lo… @ann> ");
  assertEquals(shown(two, "a name of many words", 20), "@a name…> ");
});

Deno.test("renderPrompt() never takes more than half of a row, whatever the names", () => {
  const names = ["a".repeat(64), "민수".repeat(20), "lobby", "👩‍💻e\u0301".repeat(9)];
  for (let columns = 1; columns <= 200; columns++) {
    for (const name of names) {
      const shown = prompt(
        columns,
        [name],
        ...names.map((room) => [room, 99, 9] as [string, number, number]),
      );
      assert(shown === "> " || maxWidth(shown) <= columns / 2, `${columns}: ${shown}`);
      assert(shown.endsWith(" "));
    }
  }
  assertEquals(prompt(20, ["operations"], ["x"]), "operati…> ");
  assertEquals(prompt(20, ["operations"], ["x", 3]), "oper…> +1 ");
});
