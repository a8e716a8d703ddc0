/**
 * Certificates for the tests, and the authorities that sign them.
 *
 * @module
 */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  bitString,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  time,
  tlv,
  utf8String,
} from "../../server/tls/der.ts";
import { signCertificate } from "../../server/tls/x509.ts";

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 86_400_000;

/** A certificate's validity, in days from now. */
export interface Validity {
  readonly from?: number;
  readonly to?: number;
}

/** A certificate authority. */
export class TestCa {
  readonly #name: string;
  readonly #key: KeyObject;
  /** Its own certificate, in PEM. */
  readonly cert: string;

  /** Creates an authority with a name and a key of its own. */
  constructor(name: string) {
    const { publicKey, privateKey } = newKeys();
    this.#name = name;
    this.#key = privateKey;
    const content = { subject: name, publicKey, hosts: [], isAuthority: true, ...dates({}) };
    this.cert = signCertificate(content, { name, key: privateKey });
  }

  /** Signs a certificate with a subject and further extensions, in DER. */
  issueFor(subject: string, extensions: readonly Uint8Array[]): Pair {
    const { publicKey, privateKey } = newKeys();
    const algorithm = sequence(objectId("1.2.840.10045.4.3.2")); // ECDSA with SHA-256.
    const { notBefore, notAfter } = dates({});
    const toBeSigned = sequence(
      tlv(0xa0, integer(Uint8Array.of(2))),
      integer(crypto.getRandomValues(new Uint8Array(8))),
      algorithm,
      commonName(this.#name),
      sequence(time(notBefore), time(notAfter)),
      commonName(subject),
      publicKey.export({ type: "spki", format: "der" }),
      ...(extensions.length > 0 ? [tlv(0xa3, sequence(...extensions))] : []),
    );
    const signature = sign("sha256", toBeSigned, this.#key);
    const der = sequence(toBeSigned, algorithm, bitString(signature));
    const cert = `-----BEGIN CERTIFICATE-----\n${der.toBase64()}\n-----END CERTIFICATE-----\n`;
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  /** Signs a certificate for `hosts`. */
  issue(hosts: readonly string[], validity: Validity = {}): Pair {
    const { publicKey, privateKey } = newKeys();
    const content = { subject: "leaf", publicKey, hosts, isAuthority: false, ...dates(validity) };
    const cert = signCertificate(content, { name: this.#name, key: this.#key });
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }
}

/** The extension subjectAltName of a certificate, with names of any kind, in DER. */
export function altNames(...names: readonly Uint8Array[]): Uint8Array {
  return sequence(objectId("2.5.29.17"), octetString(sequence(...names)));
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

function commonName(name: string): Uint8Array {
  return sequence(set(sequence(objectId("2.5.4.3"), utf8String(name))));
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function dates({ from = -1, to = 30 }: Validity): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now + from * DAY_MS), notAfter: new Date(now + to * DAY_MS) };
}
