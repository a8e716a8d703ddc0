import { keyFingerprint } from "../../proto/identity/key_fingerprint.ts";

const ALGORITHM = "Ed25519";

/** One key in PEM (RFC 7468), and nothing else but white space. */
const PEM =
  /^\s*-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----\s*$/;

/** A person's key: whose it is owns the names under which it is used. */
export class Identity {
  readonly #privateKey: CryptoKey;
  /** What everybody may know of the key: 32 bytes. */
  readonly publicKey: Uint8Array;
  /** What people call the key. */
  readonly fingerprint: string;

  private constructor(privateKey: CryptoKey, publicKey: Uint8Array, fingerprint: string) {
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
    this.fingerprint = fingerprint;
  }

  /** Makes a new key. */
  static async generate(): Promise<Identity> {
    const made = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
    const { privateKey } = made as CryptoKeyPair; // As it always is of this algorithm.
    return await Identity.#of(privateKey);
  }

  /** Reads a key in PEM; undefined if that is none, or of another kind. */
  static async parse(pem: string): Promise<Identity | undefined> {
    const [, base64] = PEM.exec(pem) ?? [];
    if (base64 === undefined) return undefined;
    try {
      const bytes = Uint8Array.fromBase64(base64);
      return await Identity.#of(
        await crypto.subtle.importKey("pkcs8", bytes, ALGORITHM, true, ["sign"]),
      );
    } catch {
      return undefined; // What is wrong with it is of no help: it is not a key of ours.
    }
  }

  static async #of(privateKey: CryptoKey): Promise<Identity> {
    const { x } = await crypto.subtle.exportKey("jwk", privateKey);
    const publicKey = Uint8Array.fromBase64(x!, { alphabet: "base64url" }); // RFC 8037: it has one.
    return new Identity(privateKey, publicKey, await keyFingerprint(publicKey));
  }

  /** Signs. */
  async sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return new Uint8Array(await crypto.subtle.sign(ALGORITHM, this.#privateKey, bytes));
  }

  /** The key in PEM, as {@linkcode Identity.parse} reads it. */
  async toPem(): Promise<string> {
    const bytes = new Uint8Array(await crypto.subtle.exportKey("pkcs8", this.#privateKey));
    return `-----BEGIN PRIVATE KEY-----\n${bytes.toBase64()}\n-----END PRIVATE KEY-----\n`;
  }
}
