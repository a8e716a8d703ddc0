/**
 * Parses the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons. Returns
 * undefined if the text is none, or else the usual format: upper case, with colons.
 */
export function parseFingerprint(text: string): string | undefined {
  const digits = text.replace(/^sha-?256[:=]/i, "").toUpperCase();
  if (!/^([0-9A-F]{2}:){31}[0-9A-F]{2}$|^[0-9A-F]{64}$/.test(digits)) return undefined;
  return digits.replaceAll(":", "").replace(/..(?=.)/g, "$&:");
}
