import { assert, assertEquals } from "@std/assert";
import { Screen } from "../../../client/editor/screen.ts";

/** A terminal that records its output. */
class Output {
  readonly columns = 20;
  readonly rows = 10;
  readonly writes: string[] = [];

  write(text: string): void {
    this.writes.push(text);
  }
}

const LINE = { prompt: "> ", before: "x".repeat(30), after: "y".repeat(30) };

Deno.test("Screen.print() writes once for any number of lines", () => {
  const output = new Output();
  const screen = new Screen(output);
  screen.draw(LINE);
  screen.print(["one", "two", "three"]);
  assertEquals(output.writes.length, 2);
  screen.print([]);
  assertEquals(output.writes.length, 2);
});

Deno.test("Screen prints without a line after it is left or erased", () => {
  for (const end of ["leave", "erase"] as const) {
    const output = new Output();
    const screen = new Screen(output);
    screen.draw(LINE);
    screen[end]();
    screen.print(["one", "two"]);
    assertEquals(output.writes.at(-1), "one\r\ntwo\r\n");
  }
});

Deno.test("Screen sends a dumb terminal no escape sequences", () => {
  const output = new Output();
  const screen = new Screen(output, { dumb: true });
  screen.setMode(2004, true);
  screen.draw(LINE);
  screen.draw({ ...LINE, after: "" });
  screen.print(["one"]);
  screen.clear();
  screen.erase();
  screen.draw(LINE);
  screen.leave();
  assert(!output.writes.join("").includes("\x1b"), JSON.stringify(output.writes));
});

Deno.test("Screen.clear() erases the line before a terminal can keep the screen in its history", () => {
  const output = new Output();
  const screen = new Screen(output);
  screen.draw({ prompt: "> ", before: "x", after: "" });
  screen.clear();
  assertEquals(output.writes.at(-1), "\r\x1b[K\x1b[C\x1b[J\r\x1b[H\x1b[2J> x");
});
