import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** The most bytes of a text that a key has readably. */
const MAX_TEXT_BYTES = 256;

/**
 * Returns a text as a part of a journal's key, which has few characters: encoded, or as a hash if
 * it is long. Different texts have different tokens.
 */
export function keyToken(text: string): string {
  // UTF-16, since a name of an old data file may have half a character, which UTF-8 cannot encode.
  const isUtf8 = text.isWellFormed();
  const bytes = Buffer.from(text, isUtf8 ? "utf8" : "utf16le");
  if (bytes.length > MAX_TEXT_BYTES) {
    return `h${createHash("sha256").update(bytes).digest("base64url")}`;
  }
  return `${isUtf8 ? "t" : "u"}${bytes.toString("base64url")}`;
}
