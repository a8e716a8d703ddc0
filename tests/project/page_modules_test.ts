import { assertEquals, assertRejects } from "@std/assert";
import { findAsset } from "../../server/web/assets.ts";
import { loadedBy, pageModules, pageModulesSource } from "../../tools/page_modules.ts";

const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));

Deno.test("server/web/page_modules.ts has what the page loads; deno task docs writes it", async () => {
  // Finding them also shows that none needs a package, Node or Deno.
  const modules = await pageModules(read);
  assertEquals(await read("server/web/page_modules.ts"), pageModulesSource(modules));
});

Deno.test("findAsset() serves every module as a script that loads others of them only", async () => {
  const text = async (path: string) => new TextDecoder().decode((await findAsset(path))?.body);
  const modules = await pageModules(read);
  for (const module of modules) {
    const path = `/modules/${module}`;
    const script = await text(path);
    assertEquals((await findAsset(path))?.type, "text/javascript; charset=utf-8");
    for (const specifier of loadedBy("", script)) {
      const { pathname } = new URL(specifier, `http://localhost${path}`);
      assertEquals(await findAsset(pathname) !== undefined, true, `${path} loads ${pathname}`);
    }
  }
  // The page names all of them, and nothing else that is not there.
  const page = await text("/");
  const named = Array.from(page.matchAll(/(?:href|src)="(\/[^"]*)"/g), ([, path]) => path!);
  for (const path of named) assertEquals(await findAsset(path) !== undefined, true, path);
  for (const module of modules) assertEquals(page.includes(`"/modules/${module}"`), true, module);
});

Deno.test("findAsset() has a tag that changes with the content, and nothing outside", async () => {
  const [page, style] = [await findAsset("/"), await findAsset("/page.css")];
  assertEquals(page === await findAsset("/"), true);
  assertEquals(page!.etag === style!.etag, false);
  for (
    const path of [
      ...["", "/modules", "/modules/", "/modules/mod.ts", "/modules/server.ts", "/page.html"],
      ...["/modules/../mod.ts", "/modules//client/web/page.js", "/modules/client/web/page.html"],
      ...["/modules/__proto__", "/modules/constructor", "/modules/client/net/grpc.ts"],
    ]
  ) {
    assertEquals(await findAsset(path), undefined, path);
  }
});

Deno.test("pageModules() finds what a module loads, and refuses packages", async () => {
  const sources: Record<string, string> = {
    "client/web/page.js": 'import {\n  a,\n} from "./a.ts";\nimport "../b.js";\nconst x = "no";\n',
    "client/web/a.ts":
      'import type { T } from "npm:t";\nexport const a: T = "d";\nexport * from "./c.ts";\n',
    "client/web/c.ts": "export {};\n",
    "client/b.js": "",
  };
  const from = (path: string) => Promise.resolve(sources[path]!);
  assertEquals(await pageModules(from), Object.keys(sources).sort());
  for (
    const bad of ['import x from "node:fs";', 'export { x } from "npm:x";', 'import "@std/x";']
  ) {
    const changed = (path: string) => path === "client/b.js" ? Promise.resolve(bad) : from(path);
    await assertRejects(() => pageModules(changed), Error, "client/b.js loads");
  }
});
