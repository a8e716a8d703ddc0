import { type AddressOptions, formatAddress, parseAddress } from "./address.ts";

/** The most addresses of one chat. */
export const MAX_ADDRESSES = 16;

/**
 * Parses one or several addresses with commas in between, and returns them as
 * {@linkcode formatAddress} writes them. Spaces around a comma do not count. A path of a Unix
 * socket cannot contain a comma here.
 *
 * @throws {RangeError} with the address that is not valid, and its rule.
 */
export function parseAddressList(text: string, options?: AddressOptions): readonly string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length === 1) return [formatAddress(parseAddress(text, options))]; // With its spaces.
  checkCount(parts.length); // Of too many, none is named.
  return checkAddressList(parts.map((part, index) => {
    if (part === "") throw new RangeError(`address ${index + 1} of ${parts.length} is empty`);
    return parsePart(part, options);
  }));
}

function parsePart(part: string, options?: AddressOptions): string {
  try {
    return formatAddress(parseAddress(part, options));
  } catch (cause) {
    throw new RangeError(`"${part}": ${(cause as RangeError).message}`, { cause });
  }
}

/**
 * Checks the number of addresses, and that each is there once, and returns them.
 *
 * @throws {RangeError} with the rule, if not.
 */
export function checkAddressList(addresses: readonly string[]): readonly string[] {
  checkCount(addresses.length);
  const folded = addresses.map(foldAddress);
  const twice = addresses.find((_, index) => folded.indexOf(folded[index]!) < index);
  if (twice !== undefined) throw new RangeError(`"${twice}" is there twice`);
  return addresses;
}

function checkCount(count: number): void {
  if (count >= 1 && count <= MAX_ADDRESSES) return;
  throw new RangeError(`there must be 1 to ${MAX_ADDRESSES} addresses, not ${count}`);
}

/** Host names are the same in upper and lower case; paths are not. */
function foldAddress(address: string): string {
  return address.startsWith("unix:") ? address : address.toLowerCase();
}

/** Names the addresses in a message: `"a:1", "b:1"`. */
export function quoteAddresses(addresses: readonly string[]): string {
  return addresses.map((address) => `"${address}"`).join(", ");
}
