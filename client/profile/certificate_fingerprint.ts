/**
 * Reads the SHA-256 of a certificate, 64 hexadecimal digits, with colons or without; undefined
 * if it is none. Returns it as it is printed everywhere: in capitals, with colons.
 */
export function parseFingerprint(text: string): string | undefined {
  const digits = text.replace(/^sha-?256[:=]/i, "").toUpperCase();
  if (!/^([0-9A-F]{2}:){31}[0-9A-F]{2}$|^[0-9A-F]{64}$/.test(digits)) return undefined;
  return digits.replaceAll(":", "").replace(/..(?=.)/g, "$&:");
}
