import { assertEquals } from "@std/assert";
import { complaintsOf, fileArrows, folderArrows, levelsOf } from "../../../tools/arrows.ts";
import { FOLDERS, MAX_FILES } from "../../../tools/folders/folders.ts";

/** A project without problems: a module in each folder. */
const RIGHT: ReadonlyMap<string, string> = new Map(
  Object.keys(FOLDERS).map((folder) => [folder.endsWith(".ts") ? folder : `${folder}/a.ts`, ""]),
);

const complaintsWith = (files: Record<string, string>) =>
  complaintsOf(new Map([...RIGHT, ...Object.entries(files)]));

Deno.test("fileArrows() finds every kind of import, and none in a text", () => {
  const text = `import { a } from "./a.ts";
import type {
  B,
} from "../b.ts";
import "./c.ts";
export { d } from "./d.ts";
export * from "./e.ts";
import schema from "./f.sql" with { type: "text" };
const g = await import("./g.ts");
const text = 'import "./h.ts";', other = 'await import("./h.ts")';
const name = "./h.ts";
import { posix } from "node:path";
`;
  const files = new Map([["x/y.ts", text], ["b.ts", ""]]);
  for (const name of ["a.ts", "c.ts", "d.ts", "e.ts", "f.sql", "g.ts", "h.ts"]) {
    files.set(`x/${name}`, "");
  }
  const targets = ["x/a.ts", "b.ts", "x/c.ts", "x/d.ts", "x/e.ts", "x/f.sql", "x/g.ts"];
  assertEquals([...fileArrows(files).get("x/y.ts")!], targets);
});

Deno.test("levelsOf() counts from the bottom layer, and finds each circle", () => {
  const arrows = (places: Record<string, string[]>) =>
    new Map(Object.entries(places).map(([place, targets]) => [place, new Set(targets)]));
  const straight = levelsOf(arrows({ top: ["middle", "ground"], middle: ["ground"] }));
  assertEquals(Object.fromEntries(straight.levels), { ground: 1, middle: 2, top: 3 });
  assertEquals(straight.circles, []);
  const { circles } = levelsOf(arrows({ a: ["b"], b: ["c"], c: ["b"], d: ["d"] }));
  assertEquals(circles, [["b", "c", "b"], ["d", "d"]]);
});

Deno.test("folderArrows() leaves out imports within a folder", () => {
  const files = fileArrows(
    new Map([["x/a.ts", 'import "./b.ts";'], ["x/b.ts", 'import "../y/c.ts";'], ["y/c.ts", ""]]),
  );
  assertEquals([...folderArrows(files)], [["x", new Set(["y"])], ["y", new Set()]]);
});

Deno.test("complaintsOf() returns none for a correct project", () => {
  assertEquals(complaintsWith({}), []);
});

Deno.test("complaintsOf() names each problem", () => {
  assertEquals(complaintsWith({ "text/b.ts": 'import "../room/a.ts";' }), [
    "text may not import room",
  ]);
  assertEquals(complaintsWith({ "attic/a.ts": "" }), ["attic is missing from tools/folders/"]);
  assertEquals(
    complaintsWith({ "text/b.ts": 'import "./c.ts";', "text/c.ts": 'import "./b.ts";' }),
    ["circle: text/b.ts -> text/c.ts -> text/b.ts"],
  );
  assertEquals(
    complaintsWith({
      "room/b.ts": 'import "../text/a.ts";',
      "text/a.ts": 'import "../room/c.ts";',
      "room/c.ts": "",
    }),
    ["text may not import room", "circle: room -> text -> room"],
  );
  const many = Array.from({ length: MAX_FILES }, (_, i) => [`docs/${i}.md`, ""]);
  assertEquals(complaintsWith(Object.fromEntries(many)), []);
  assertEquals(
    complaintsWith({ ...Object.fromEntries(many), "docs/a.md": "" }),
    ["docs has 21 files: at most 20 are allowed"],
  );
  const gone = new Map([...RIGHT].filter(([path]) => path !== "text/a.ts"));
  assertEquals(complaintsOf(gone), ["text is in tools/folders/, but there is none"]);
});
