import type { Folder } from "./folder.ts";

/** The folders of examples, which import the program as other projects do: by its name. */
export const EXAMPLES: Readonly<Record<string, Folder>> = {
  "examples": { about: "bots that show the library, to copy from", imports: [] },
};
