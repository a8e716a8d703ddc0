/**
 * An identity tells somebody from all others, whatever name they take: it is the fingerprint of
 * their key; or, without a key, `guest N`, which only one session has.
 *
 * @module
 */

const KEY = "SHA256:";
const GUEST = "guest ";

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** Whether a text is the fingerprint of a key. */
export function isFingerprint(text: string): boolean {
  return FINGERPRINT.test(text);
}

/** Whether an identity is that of a key, and not of a guest. */
export function isKey(identity: string): boolean {
  return identity.startsWith(KEY);
}

/** The identity of the guest with a number. */
export function guestIdentity(number: number): string {
  return `${GUEST}${number}`;
}

/** The number of the guest with an identity. */
export function guestNumber(identity: string): number {
  return Number(identity.slice(GUEST.length));
}
