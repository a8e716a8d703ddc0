/**
 * Writes `commands.md` beside this file, from the tables that `--help` prints.
 *
 * @module
 */

import { reference } from "../cli/reference.ts";

await Deno.writeTextFile(new URL("commands.md", import.meta.url), await reference());
