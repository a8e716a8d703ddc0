import { emitKeypressEvents, type Key as Keypress } from "node:readline";
import { Readable } from "node:stream";
import type { Key } from "./key.ts";

/**
 * Returns the key of a control character, or of one whole escape sequence, by readline's tables;
 * undefined if readline does not know it.
 *
 * Readline does not read the terminal itself: it types sequences that it does not know (reports,
 * the mouse, newer protocols), and it has no end for a paste. The decoder finds where a sequence
 * begins and ends, and readline names it, each with a stream of its own: nothing is left over.
 */
export function readlineKey(sequence: string): Key | undefined {
  const stream = new Readable({ read() {} });
  const keys: Keypress[] = [];
  emitKeypressEvents(stream);
  stream.on("keypress", (_text: string | undefined, key: Keypress) => void keys.push(key));
  stream.emit("data", sequence);
  const { name = "undefined", ctrl, meta, shift } = keys[0] ?? {};
  // Readline calls an unknown sequence "undefined", and Ctrl-Space "`".
  if (name === "undefined" || !/^[a-z]/.test(name)) return undefined;
  return {
    type: "key",
    name,
    ...(ctrl && { ctrl }),
    ...(meta && { meta }),
    ...(shift && { shift }),
  };
}
