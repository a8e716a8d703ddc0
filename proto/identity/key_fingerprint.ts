/**
 * Returns the fingerprint of a public key: `SHA256:` and the hash of its 32 bytes, as in OpenSSH.
 */
export async function keyFingerprint(key: Uint8Array): Promise<string> {
  // A copy, because WebCrypto's types refuse the shared buffer that the bytes of a message are in.
  const hash = await crypto.subtle.digest("SHA-256", new Uint8Array(key));
  return `SHA256:${new Uint8Array(hash).toBase64({ omitPadding: true })}`;
}
