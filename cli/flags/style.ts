import type { StyleOptions } from "../../client/render/style.ts";
import { TIME_FORMATS, type TimeFormat } from "../../client/render/time.ts";
import { choice, toggle } from "../framework/flag_kinds.ts";
import type { Flag } from "../framework/flags.ts";

/** `--time`. The default depends on the output. */
export const timeFlag: Flag<TimeFormat | undefined> = choice<TimeFormat, undefined>(
  TIME_FORMATS,
  {
    value: "STYLE",
    help: "format of the time of a note",
    fallback: undefined,
    fallbackHelp: "hm on a terminal, else off",
  },
);

/** `--json` of commands that print notes. */
export const notesJsonFlag: Flag<boolean> = toggle(
  "print each note as a line of JSON: seq, time, room, name, kind, message, verified",
);

/** `--no-color`. */
export const colorFlag: Flag<boolean> = toggle(
  "use no colors, as if NO_COLOR or TERM=dumb were set",
);

/**
 * Returns how to style a terminal: with colors, unless the person turned them off (no-color.org: a
 * `NO_COLOR` that is not empty), and with marks alone if it is dumb.
 */
export function terminalStyle(
  noColor: boolean,
  env: (name: string) => string | undefined,
): StyleOptions {
  const attributes = env("TERM") !== "dumb";
  return { attributes, marks: !attributes, color: attributes && !noColor && !env("NO_COLOR") };
}
