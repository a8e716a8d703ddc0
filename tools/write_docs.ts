/**
 * Writes `docs/commands.md` from the tables that `--help` prints.
 *
 * @module
 */

import { reference } from "../cli/reference.ts";

await Deno.writeTextFile(new URL("../docs/commands.md", import.meta.url), await reference());
