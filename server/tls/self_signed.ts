import { rm } from "node:fs/promises";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { writeAtomically } from "../../platform/atomic_file.ts";
import {
  type Certificate,
  certificateDigest,
  type CertificateFiles,
  readCertificate,
} from "../../platform/certificate.ts";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { signCertificate } from "./x509.ts";

/** The validity of the server's own certificate, in years: long enough never to need renewal. */
const YEARS = 10;

/** The subject and issuer of a self-signed certificate. */
const COMMON_NAME = "chat";

/**
 * Makes a key and a self-signed certificate for `hosts`. The certificate is an authority, for
 * programs that can only trust authorities.
 */
export function makeSelfSigned(hosts: readonly string[], now: Date): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + YEARS);
  const cert = signCertificate({
    subject: COMMON_NAME,
    publicKey,
    hosts,
    notBefore: now,
    notAfter,
    isAuthority: true,
  }, { name: COMMON_NAME, key: privateKey });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { cert, key, digest: certificateDigest(new X509Certificate(cert)) };
}

/** The server's own certificate. */
export interface StoredCertificate extends Certificate {
  /** Whether it was created just now. */
  readonly isNew: boolean;
}

/**
 * Reads the stored certificate, or makes one and stores it in `files`, with the key readable only
 * by its owner.
 *
 * @throws {ChatError} `invalid`, if the files exist but are unusable, or cannot be written.
 */
export async function loadOrMakeCertificate(
  files: CertificateFiles,
  hosts: readonly string[],
  now: Date,
): Promise<StoredCertificate> {
  const [hasCert, hasKey] = [await fileExists(files.cert), await fileExists(files.key)];
  if (hasCert && hasKey) return { ...await readCertificate(files, now), isNew: false };
  if (hasCert || hasKey) {
    // A new pair would look like a different server to every client that knows this one.
    const [there, missing] = hasCert ? [files.cert, files.key] : [files.key, files.cert];
    const what = `"${there}" exists without it; remove it to get a new pair`;
    throw new ChatError("invalid", `Cannot find "${missing}": ${what}`);
  }
  const made = makeSelfSigned(hosts, now);
  await write(files.key, made.key, 0o600);
  try {
    await write(files.cert, made.cert, 0o644);
  } catch (error) {
    await rm(files.key, { force: true }).catch(() => {}); // One alone would block every later start.
    throw error;
  }
  return { ...made, isNew: true };
}

async function fileExists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function write(path: string, text: string, mode: number): Promise<void> {
  try {
    await writeAtomically(path, text, { mode });
  } catch (cause) {
    throw new ChatError("invalid", errorMessage(cause), { cause });
  }
}
