/** The prime of the field of Ed25519. */
const P = 2n ** 255n - 19n;

/**
 * The `y` of the points of order 1, 2 and 4, and of one of order 8. The others have its negative.
 */
const ONE = 1n;
const TWO = P - 1n;
const FOUR = 0n;
const EIGHT = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL: ReadonlySet<bigint> = new Set([ONE, TWO, FOUR, EIGHT, P - EIGHT]);

/**
 * Whether an Ed25519 public key is a point of small order, in any encoding. Anybody can make a
 * signature that is valid under such a key, so that it proves nothing.
 *
 * @param key 32 bytes: `y` in little-endian order, and the sign of `x` as the highest bit.
 */
export function isSmallOrder(key: Uint8Array): boolean {
  const y = BigInt(`0x${new Uint8Array(key).reverse().toHex()}`) & (2n ** 255n - 1n);
  return SMALL.has(y % P); // A `y` of P or more is not canonical, but some libraries accept it.
}
