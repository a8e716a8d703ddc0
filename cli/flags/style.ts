import { TIME_FORMATS, type TimeFormat } from "../../client/render/time.ts";
import { choice, toggle } from "../framework/flag_kinds.ts";
import type { Flag } from "../framework/flags.ts";

/** `--time`; what it is if it is not given depends on where the output goes. */
export const timeFlag: Flag<TimeFormat | undefined> = choice<TimeFormat, undefined>(
  TIME_FORMATS,
  {
    value: "STYLE",
    help: "how to show the time of a note",
    fallback: undefined,
    fallbackHelp: "hm on a terminal, else off",
  },
);

/** `--no-color`. */
export const colorFlag: Flag<boolean> = toggle("use no colours, as with NO_COLOR or TERM=dumb set");

/**
 * How a terminal may be written to: in colours unless the person says otherwise (no-color.org:
 * a `NO_COLOR` that is not empty), with nothing at all if it is dumb.
 */
export function terminalStyle(
  noColor: boolean,
  env: (name: string) => string | undefined,
): { color: boolean; attributes: boolean } {
  const attributes = env("TERM") !== "dumb";
  return { attributes, color: attributes && !noColor && !env("NO_COLOR") };
}
