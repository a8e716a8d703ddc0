/** The name of a public key for people: `SHA256:` and the hash of its 32 bytes, as OpenSSH writes it. */
export async function keyFingerprint(key: Uint8Array): Promise<string> {
  // A copy, as the bytes of a message lie in a buffer that WebCrypto's types do not take.
  const hash = await crypto.subtle.digest("SHA-256", new Uint8Array(key));
  return `SHA256:${new Uint8Array(hash).toBase64({ omitPadding: true })}`;
}
