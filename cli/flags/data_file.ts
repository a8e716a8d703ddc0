import type { Flag } from "../framework/flags.ts";

/** The flag for a data file that no server has open. */
export function dataFile(help: string): Flag<string> {
  return {
    value: "FILE",
    help,
    file: true,
    fallback: "chat.db",
    parse: (text) => {
      if (text === ":memory:") throw new RangeError("must be a file");
      return text;
    },
  };
}

/** The advice if a server has the file open. */
export const IN_USE = "stop the server, or make a copy with chat backup and use that";
