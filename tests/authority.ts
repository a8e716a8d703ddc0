/**
 * Certificates for the tests, and the authorities that sign them.
 *
 * @module
 */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { signCertificate } from "../server/x509.ts";

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** When a certificate is valid, in days from now. */
export interface Validity {
  readonly from?: number;
  readonly to?: number;
}

/** Somebody who signs certificates. */
export class Authority {
  readonly #name: string;
  readonly #key: KeyObject;
  /** Its own certificate, in PEM. */
  readonly cert: string;

  /** Makes one with a name and a key of its own. */
  constructor(name: string) {
    const { publicKey, privateKey } = newKeys();
    this.#name = name;
    this.#key = privateKey;
    const content = { subject: name, publicKey, hosts: [], isAuthority: true, ...dates({}) };
    this.cert = signCertificate(content, { name, key: privateKey });
  }

  /** Signs a certificate for `hosts`. */
  issue(hosts: readonly string[], validity: Validity = {}): Pair {
    const { publicKey, privateKey } = newKeys();
    const content = { subject: "leaf", publicKey, hosts, isAuthority: false, ...dates(validity) };
    const cert = signCertificate(content, { name: this.#name, key: this.#key });
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }
}

/** Writes a certificate and its key into a folder, and returns the flags that name them. */
export async function writePair(
  folder: string,
  { cert, key }: Pair,
  flags: { cert: string; key: string },
): Promise<string[]> {
  const path = `${folder}/${crypto.randomUUID()}`;
  await Deno.writeTextFile(`${path}.crt`, cert);
  await Deno.writeTextFile(`${path}.key`, key);
  return [flags.cert, `${path}.crt`, flags.key, `${path}.key`];
}

/** A folder that is gone when it is disposed. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function dates({ from = -1, to = 30 }: Validity): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now + from * DAY_MS), notAfter: new Date(now + to * DAY_MS) };
}
