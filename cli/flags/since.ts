import { parseSince, type Since, SINCE_BOUNDS } from "../../text/since.ts";
import type { Flag } from "../framework/flags.ts";

/** `--since`, for a command that starts at that note, or looks at it last. */
export function sinceFlag(help: string): Flag<Since | undefined> {
  return {
    value: "TIME|SEQ",
    help,
    bounds: SINCE_BOUNDS,
    fallback: undefined,
    fallbackHelp: "all",
    parse: (text) => parseSince(text),
  };
}
