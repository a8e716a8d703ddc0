import { isSmallOrder } from "../../proto/identity/small_order.ts";
import { ChatError } from "../../room/errors.ts";
import { isKeyFingerprint, keyFingerprint } from "../../room/identity.ts";
import { formatNumber } from "../../text/number.ts";

/** The length of a public key, in bytes. */
const KEY_BYTES = 32;

/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=?$/;

/**
 * Checks that bytes can be a public key.
 *
 * @throws {ChatError} `invalid`, if the length is wrong, or the key proves nothing.
 */
export function checkKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) {
    throw new ChatError(
      "invalid",
      `The key has ${formatNumber(key.length)} bytes: must be ${KEY_BYTES}`,
    );
  }
  if (isSmallOrder(key)) {
    const words = `The key ${key.toHex()} is of small order: anyone can sign with it`;
    throw new ChatError("invalid", words);
  }
}

/**
 * Parses a list of keys, one per line, each a fingerprint or a base64 public key. A comment starts
 * with `#`. The lines that `chat whoami` prints, names and a fingerprint, are valid as well.
 * Returns the fingerprints.
 *
 * @param list A name for the list, for the error.
 * @throws {RangeError} naming the first invalid line.
 */
export async function parseKeys(text: string, list: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const entry = line.replace(/#.*$/, "").trim().replace(/^fingerprint +/, "");
    if (entry === "" || /^names? +/.test(entry)) continue;
    if (isKeyFingerprint(entry)) keys.add(entry);
    else if (isPublicKey(entry)) keys.add(await keyFingerprint(Uint8Array.fromBase64(entry)));
    else {
      // The line is not quoted: the file may be a password file, named by mistake.
      const what = "is not a public key or fingerprint, such as chat whoami prints (SHA256:…)";
      throw new RangeError(`Line ${i + 1} of ${list} ${what}`);
    }
  }
  return keys;
}

function isPublicKey(entry: string): boolean {
  return KEY.test(entry) && !isSmallOrder(Uint8Array.fromBase64(entry));
}
