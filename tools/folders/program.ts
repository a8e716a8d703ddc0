import { CLI } from "./cli.ts";
import { CLIENT } from "./client.ts";
import type { Folder } from "./folder.ts";
import { SERVER } from "./server.ts";
import { SHARED } from "./shared.ts";

/** The folders of the program, from the bottom up. */
export const PROGRAM: Readonly<Record<string, Folder>> = {
  ...SHARED,
  ...SERVER,
  ...CLIENT,
  ...CLI,
};
