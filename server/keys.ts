import { fingerprintOf } from "../proto/fingerprint.ts";

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;
/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=?$/;

/** Whether a text is the fingerprint of a key. */
export function isFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}

/**
 * Reads a list of keys, one a line: as a fingerprint or as the public key in base64. Behind
 * a `#` is a comment. Returns their fingerprints.
 *
 * @param list What the list is, for the error.
 * @throws {RangeError} naming the first line that is neither.
 */
export async function parseKeys(text: string, list: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*$/, "").trim();
    if (entry === "") continue;
    if (FINGERPRINT.test(entry)) keys.add(entry);
    else if (KEY.test(entry)) keys.add(await fingerprintOf(Uint8Array.fromBase64(entry)));
    // Not what it is: it may be a password, in a file that was named by mistake.
    else throw new RangeError(`Line ${i + 1} of ${list} is no public key or fingerprint`);
  }
  return keys;
}
