/**
 * Lets the program learn that it has written the password prompt only after the answer has arrived,
 * as can happen on a busy machine. A process preloads this module.
 *
 * @module
 */

import process from "node:process";

const { write } = Deno.stderr;

Deno.stderr.write = async (bytes) => {
  const written = await write.call(Deno.stderr, bytes);
  const isPrompt = new TextDecoder().decode(bytes).endsWith("Password: ");
  if (isPrompt) await new Promise((resolve) => process.stdin.once("data", resolve));
  return written;
};
