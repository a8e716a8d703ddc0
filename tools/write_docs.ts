/**
 * Writes `docs/commands.md` from the tables that `--help` prints, and `docs/keys.md` from the
 * keymap of the line editor.
 *
 * @module
 */

import { keysReference } from "../cli/keys_reference.ts";
import { reference } from "../cli/reference.ts";

const docs = new URL("../docs/", import.meta.url);
await Deno.writeTextFile(new URL("commands.md", docs), await reference());
await Deno.writeTextFile(new URL("keys.md", docs), keysReference());
