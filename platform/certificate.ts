import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { reasonFor } from "./errno.ts";
import { ChatError } from "../room/errors.ts";

/** A certificate and its private key that belong together. */
export interface Certificate {
  /** The certificate, and the certificates of the authorities between it and a root, in PEM. */
  readonly cert: string;
  /** The private key, in PEM. */
  readonly key: string;
  /** The SHA-256 of the certificate in DER, which identifies it. */
  readonly digest: Uint8Array;
}

/** The files of a certificate and its private key. */
export interface CertificateFiles {
  /** The certificate, in PEM. */
  readonly cert: string;
  /** The private key, in PEM. */
  readonly key: string;
}

/**
 * Reads a certificate and its key, and checks that they belong together and are valid now.
 *
 * @throws {ChatError} `invalid`, naming the file and the problem.
 */
export async function readCertificate(files: CertificateFiles, now: Date): Promise<Certificate> {
  const cert = await readPem(files.cert);
  const key = await readPem(files.key);
  const parsed = parse(files.cert, "certificate", () => new X509Certificate(cert));
  const privateKey = parse(files.key, "private key", () => createPrivateKey(key));
  checkBelongs(parsed, privateKey, files);
  checkDates(parsed, files.cert, now);
  return { cert, key, digest: certificateDigest(parsed) };
}

/**
 * Reads the certificates of the authorities for client certificates.
 *
 * @throws {ChatError} `invalid`, naming the file and the problem.
 */
export async function readAuthorities(path: string): Promise<string> {
  const pem = await readPem(path);
  parse(path, "certificate", () => new X509Certificate(pem));
  return pem;
}

/** The SHA-256 of a certificate in DER. */
export function certificateDigest({ raw }: X509Certificate): Uint8Array {
  return new Uint8Array(createHash("sha256").update(raw).digest());
}

async function readPem(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new ChatError("invalid", `Cannot read "${path}": ${reasonFor(cause)}`, { cause });
  }
}

function parse<T>(path: string, kind: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // The message of OpenSSL does not help, and could show content of the file.
    throw new ChatError("invalid", `Cannot use "${path}": it contains no ${kind} in PEM`, {
      cause,
    });
  }
}

function checkBelongs(cert: X509Certificate, key: KeyObject, files: CertificateFiles): void {
  if (cert.checkPrivateKey(key)) return;
  const what = `it is not the key of the certificate "${files.cert}"`;
  throw new ChatError("invalid", `Cannot use "${files.key}": ${what}`);
}

function checkDates({ validFrom, validTo }: X509Certificate, path: string, now: Date): void {
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  const problem = now < from
    ? `it is not valid before ${from.toISOString()}`
    : now > to
    ? `it has expired on ${to.toISOString()}`
    : undefined;
  if (problem) throw new ChatError("invalid", `Cannot use "${path}": ${problem}`);
}
