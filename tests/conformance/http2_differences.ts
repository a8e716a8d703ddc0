/**
 * Where the server's HTTP/2 differs from h2spec, as the table in README.md beside this file has it.
 *
 * @module
 */

const README = await Deno.readTextFile(new URL("README.md", import.meta.url));

/** When a case fails: a race depends on what arrives first. */
export type When = "always" | "in plaintext" | "race";

/** The cases that fail, such as `http2/5.1/8`. */
export const DIFFERENCES: ReadonlyMap<string, When> = new Map(
  README.matchAll(/^\| `((?:generic|http2|hpack)\/[\d./]+)` *\| (always|in plaintext|race) *\|/gm)
    .map(([, test, when]) => [test!, when as When]),
);
