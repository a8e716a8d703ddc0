/**
 * An identity distinguishes an author or reader from all others, whatever the name. It is the
 * fingerprint of the key, or, without a key, `guest N`, which is unique to a session.
 *
 * @module
 */

const KEY = "SHA256:";
const GUEST = "guest ";

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/**
 * Returns the fingerprint of a public key: `SHA256:` and the hash of its 32 bytes, as in OpenSSH.
 */
export async function keyFingerprint(key: Uint8Array): Promise<string> {
  // A copy, because WebCrypto's types refuse the shared buffer that the bytes of a message are in.
  const hash = await crypto.subtle.digest("SHA-256", new Uint8Array(key));
  return `${KEY}${new Uint8Array(hash).toBase64({ omitPadding: true })}`;
}

/** Whether a text is the fingerprint of a key. */
export function isKeyFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}

/** The number of characters of a short key: enough to distinguish keys. */
const SHORT_KEY = 7;

/** Shortens the fingerprint of a key, for people: it is the start of the hash. */
export function shortKey(fingerprint: string): string {
  return fingerprint.slice(KEY.length, KEY.length + SHORT_KEY);
}

/** Whether an identity is a key's, not a guest's. */
export function isKey(identity: string): boolean {
  return identity.startsWith(KEY);
}

export function guestIdentity(number: number): string {
  return `${GUEST}${number}`;
}

/** Returns an identity for a guest: one of 2^52, so that a collision is practically impossible. */
export function newGuestIdentity(): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return guestIdentity((high >>> 12) * 2 ** 32 + low + 1);
}

export function guestNumber(identity: string): number {
  return Number(identity.slice(GUEST.length));
}
