import { type KeyObject, randomBytes, sign } from "node:crypto";
import { parseIp } from "../../text/ip.ts";
import {
  bitString,
  booleanTrue,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  time,
  tlv,
  utf8String,
} from "./der.ts";

/** The content of a certificate. */
export interface CertificateContent {
  /** The common name of its subject. */
  readonly subject: string;
  /** The public key of the subject. */
  readonly publicKey: KeyObject;
  /** The host names and IP addresses it is valid for. */
  readonly hosts: readonly string[];
  /** The start of its validity. */
  readonly notBefore: Date;
  /** The end of its validity. */
  readonly notAfter: Date;
  /** Whether the subject may sign certificates, and so be trusted as a root. */
  readonly isAuthority: boolean;
}

/** The signer of a certificate. */
export interface Issuer {
  /** The common name of the issuer. */
  readonly name: string;
  /** Its private key, on an elliptic curve. */
  readonly key: KeyObject;
}

/**
 * Makes an X.509 certificate (RFC 5280) in PEM, signed with ECDSA and SHA-256.
 *
 * The structure never varies, so it takes a few lines of DER. A library would add twenty packages
 * and a global polyfill. Key and signature come from the platform.
 */
export function signCertificate(content: CertificateContent, issuer: Issuer): string {
  const { subject, publicKey, hosts, notBefore, notAfter, isAuthority } = content;
  const toBeSigned = sequence(
    tlv(0xa0, integer(Uint8Array.of(2))), // Version 3.
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    sequence(time(notBefore), time(notAfter)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, sequence(basicConstraints(isAuthority), subjectAltNames(hosts))),
  );
  const signature = sign("sha256", toBeSigned, issuer.key); // Already in DER.
  return pem("CERTIFICATE", sequence(toBeSigned, ECDSA_WITH_SHA256, bitString(signature)));
}

const ECDSA_WITH_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"));

/** Sixteen random bytes that form a positive number of exactly that length. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = bytes[0]! & 0x3f | 0x40;
  return bytes;
}

function commonName(name: string): Uint8Array {
  return sequence(set(sequence(objectId("2.5.4.3"), utf8String(name))));
}

function basicConstraints(isAuthority: boolean): Uint8Array {
  const value = isAuthority ? sequence(booleanTrue()) : sequence();
  return sequence(objectId("2.5.29.19"), booleanTrue(), octetString(value)); // Critical.
}

function subjectAltNames(hosts: readonly string[]): Uint8Array {
  const names = hosts.map((host) => {
    const address = parseIp(host);
    return address
      ? tlv(0x87, Uint8Array.from(address))
      : tlv(0x82, new TextEncoder().encode(host));
  });
  return sequence(objectId("2.5.29.17"), octetString(sequence(...names)));
}

function pem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
