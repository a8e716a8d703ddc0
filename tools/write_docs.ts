/**
 * Generates files from tables: `docs/commands.md` from the tables of `--help`, `docs/keys.md` from
 * the keymap of the line editor, `server/bound_options.ts` from the bounds, and
 * `server/web/page_modules.ts` from the imports of the page.
 *
 * @module
 */

import { keysReference } from "../cli/keys_reference.ts";
import { reference } from "../cli/reference.ts";
import { boundOptions } from "./bound_options.ts";
import { pageModules, pageModulesSource } from "./page_modules.ts";

const url = (path: string) => new URL(`../${path}`, import.meta.url);
const write = (path: string, text: string) => Deno.writeTextFile(url(path), text);
const modules = await pageModules((path) => Deno.readTextFile(url(path)));

await write("docs/commands.md", await reference());
await write("docs/keys.md", keysReference());
await write("server/bound_options.ts", boundOptions());
await write("server/web/page_modules.ts", pageModulesSource(modules));
