import { fingerprintOf } from "../proto/fingerprint.ts";

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=?$/;

/**
 * Reads a list of keys, one a line: as a fingerprint or as the public key in base64. Behind
 * a `#` is a comment. Returns their fingerprints.
 *
 * @throws {RangeError} naming the first line that is neither.
 */
export async function parseMembers(text: string): Promise<ReadonlySet<string>> {
  const members = new Set<string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*$/, "").trim();
    if (entry === "") continue;
    if (FINGERPRINT.test(entry)) members.add(entry);
    else if (KEY.test(entry)) members.add(await fingerprintOf(Uint8Array.fromBase64(entry)));
    else throw new RangeError(`line ${i + 1} is no public key or fingerprint: "${clip(entry)}"`);
  }
  return members;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
