import { assertEquals } from "@std/assert";
import { FOLDERS } from "../../tools/folders/folders.ts";

const ROOT = new URL("../../", import.meta.url);

const PAGES = [
  ...["README.md", "CONTRIBUTING.md", "tools/bench/README.md", "tools/bench/peers/README.md"],
  ...Array.from(Deno.readDirSync(new URL("docs/", ROOT)), ({ name }) => `docs/${name}`)
    .filter((path) => path.endsWith(".md")),
];

/** Reads a page without its code blocks, which contain no links and no headings. */
function prose(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT)).replaceAll(/^```[^]*?^```/gm, "");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

/** Returns the anchors of a page, as GitHub derives them from its headings. */
function anchors(path: string): Set<string> {
  const headings = prose(path).matchAll(/^#+ (.*)$/gm);
  const slug = (heading: string) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "");
  return new Set(Array.from(headings, ([, heading]) => slug(heading!).replaceAll(" ", "-")));
}

Deno.test("every link in the docs leads to a file or a heading", () => {
  const broken: string[] = [];
  for (const page of PAGES) {
    for (const [, link] of prose(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const { pathname, hash } = new URL(link!, new URL(page, "file:///"));
      const path = pathname.slice(1);
      const found = exists(path) && (hash === "" || anchors(path).has(hash.slice(1)));
      if (!found) broken.push(`${page}: ${link}`);
    }
  }
  assertEquals(broken, []);
});

Deno.test("every path that CONTRIBUTING.md names exists", () => {
  const named = prose("CONTRIBUTING.md").matchAll(/`((?:[\w.-]+\/)+[\w.-]*|[\w-]+\.(?:ts|json))`/g);
  const missing = Array.from(named, ([, path]) => path!).filter((path) => !exists(path));
  assertEquals(missing, []);
});

Deno.test("CONTRIBUTING.md names every folder and module at the top", () => {
  const page = prose("CONTRIBUTING.md");
  const tops = Object.keys(FOLDERS).map((folder) => folder.split("/")[0]!)
    .map((top) => top.endsWith(".ts") ? top : `${top}/`);
  assertEquals([...new Set(tops)].filter((top) => !page.includes(`\`${top}\``)), []);
});
