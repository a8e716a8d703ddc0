import { keyFingerprint } from "../../room/identity.ts";

const ALGORITHM = "Ed25519";

/** One key in PEM (RFC 7468), surrounded by white space only. */
const PEM =
  /^\s*-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----\s*$/;

/** A person's key. Its owner owns the names used with it. */
export class Identity {
  readonly #privateKey: CryptoKey;
  /** The public key: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The key's fingerprint. */
  readonly fingerprint: string;

  private constructor(privateKey: CryptoKey, publicKey: Uint8Array, fingerprint: string) {
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
    this.fingerprint = fingerprint;
  }

  /** Generates a new key. */
  static async generate(): Promise<Identity> {
    const made = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const { privateKey } = made as CryptoKeyPair; // Always true for this algorithm.
    return await Identity.#of(privateKey);
  }

  /** Parses a key in PEM. Returns undefined if it is none, or of another kind. */
  static async parse(pem: string): Promise<Identity | undefined> {
    const [, base64] = PEM.exec(pem) ?? [];
    if (base64 === undefined) return undefined;
    try {
      const bytes = Uint8Array.fromBase64(base64);
      return await Identity.#of(
        await crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, true, ["sign"]),
      );
    } catch {
      return undefined; // The reason does not matter: it is not a key of this program.
    }
  }

  static async #of(privateKey: CryptoKey): Promise<Identity> {
    const { x } = await crypto.subtle.exportKey("jwk", privateKey);
    const publicKey = Uint8Array.fromBase64(x!, { alphabet: "base64url" }); // RFC 8037 requires it.
    return new Identity(privateKey, publicKey, await keyFingerprint(publicKey));
  }

  /** Signs. */
  async sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign(ALGORITHM, this.#privateKey, bytes));
  }

  /** The key in PEM, for {@linkcode Identity.parse}. */
  async toPem(): Promise<string> {
    const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", this.#privateKey));
    return `-----BEGIN PRIVATE KEY-----\n${bytes.toBase64()}\n-----END PRIVATE KEY-----\n`;
  }
}
