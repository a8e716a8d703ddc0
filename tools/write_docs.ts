/**
 * Writes what is derived from tables: `docs/commands.md` from those that `--help` prints, and
 * `server/bound_options.ts` from the bounds.
 *
 * @module
 */

import { reference } from "../cli/reference.ts";
import { boundOptions } from "./bound_options.ts";

const write = (path: string, text: string) =>
  Deno.writeTextFile(new URL(`../${path}`, import.meta.url), text);

await write("docs/commands.md", await reference());
await write("server/bound_options.ts", boundOptions());
