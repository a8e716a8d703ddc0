/**
 * Generates files from tables: `docs/commands.md` from the tables of `--help`, `docs/keys.md` from
 * the keymap of the line editor, and `server/bound_options.ts` from the bounds.
 *
 * @module
 */

import { keysReference } from "../cli/keys_reference.ts";
import { reference } from "../cli/reference.ts";
import { boundOptions } from "./bound_options.ts";

const write = (path: string, text: string) =>
  Deno.writeTextFile(new URL(`../${path}`, import.meta.url), text);

await write("docs/commands.md", await reference());
await write("docs/keys.md", keysReference());
await write("server/bound_options.ts", boundOptions());
