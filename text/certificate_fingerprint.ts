/** Formats the SHA-256 of a certificate as OpenSSL and browsers do: upper case, with colons. */
export function formatCertificateFingerprint(digest: Uint8Array): string {
  return digest.toHex().toUpperCase().replace(/..(?=.)/g, "$&:");
}

/**
 * Parses the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons. Returns it as
 * {@linkcode formatCertificateFingerprint} does, or undefined if the text is not one.
 */
export function parseCertificateFingerprint(text: string): string | undefined {
  const digits = text.replace(/^sha-?256[:=]/i, "");
  if (!/^([0-9A-F]{2}:){31}[0-9A-F]{2}$|^[0-9A-F]{64}$/i.test(digits)) return undefined;
  return formatCertificateFingerprint(Uint8Array.fromHex(digits.replaceAll(":", "")));
}
