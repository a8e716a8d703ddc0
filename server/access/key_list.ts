import { keyFingerprint } from "../../proto/identity/key_fingerprint.ts";
import { isSmallOrder } from "../../proto/identity/small_order.ts";
import { ChatError } from "../../room/errors.ts";
import { isFingerprint } from "../../room/identity.ts";
import { formatNumber } from "../../text/number.ts";

/** How long a public key is, in bytes. */
const KEY_BYTES = 32;

/** 32 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{43}=?$/;

/**
 * Checks that bytes may be the public key of one person.
 *
 * @throws {ChatError} `invalid`, if they are too many or too few, or a key that proves nothing.
 */
export function checkKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) {
    throw new ChatError(
      "invalid",
      `The key has ${formatNumber(key.length)} bytes: must be ${KEY_BYTES}`,
    );
  }
  if (isSmallOrder(key)) {
    const words = `The key ${key.toHex()} is of small order: anybody can sign by it`;
    throw new ChatError("invalid", words);
  }
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
    if (isFingerprint(entry)) keys.add(entry);
    else if (isKey(entry)) keys.add(await keyFingerprint(Uint8Array.fromBase64(entry)));
    // Not what it is: it may be a password, in a file that was named by mistake.
    else throw new RangeError(`Line ${i + 1} of ${list} is no public key or fingerprint`);
  }
  return keys;
}

function isKey(entry: string): boolean {
  return KEY.test(entry) && !isSmallOrder(Uint8Array.fromBase64(entry));
}
