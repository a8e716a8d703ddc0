import {
  type Certificate,
  type CertificateFiles,
  fingerprint,
  readAuthorities,
  readCertificate,
} from "../../proto/identity/certificate.ts";
import { ownHosts } from "../net/public_address.ts";
import { loadOrMakeCertificate, makeSelfSigned } from "./self_signed.ts";

/** Whether to encrypt, and with which certificate. */
export interface TlsChoice {
  /** Where to listen: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** True if only this machine gets there. */
  readonly isLocal: boolean;
  /** True for TLS, false for plaintext. Default: TLS with a certificate, or if others get there. */
  readonly tls?: boolean | undefined;
  /** The file of the certificate, in PEM. Default: the server makes its own. */
  readonly tlsCert?: string | undefined;
  /** The file of its private key, in PEM. */
  readonly tlsKey?: string | undefined;
  /** The file of the authorities whose clients alone are let in, in PEM. Default: all are. */
  readonly clientCa?: string | undefined;
  /** The file beside which an own certificate is kept. Default: it ends with the server. */
  readonly data?: string | undefined;
}

/** What it takes to listen with TLS. */
export interface ServerTls extends Certificate {
  /** The authorities whose clients alone are let in, in PEM; undefined if all are. */
  readonly clientCa: string | undefined;
  /** Where the certificate is; undefined if it ends with the server. */
  readonly files: CertificateFiles | undefined;
  /** True if the server has made it just now. */
  readonly isNew: boolean;
}

/** How a server encrypts. */
export interface Encryption {
  /** The SHA-256 of its certificate: pairs of hexadecimal digits with colons between them. */
  readonly fingerprint: string;
  /** The file of its certificate; undefined if it has made one that ends with it. */
  readonly certFile: string | undefined;
  /** True if it has made the certificate just now. */
  readonly isNew: boolean;
  /** True if clients need a certificate of their own. */
  readonly asksClients: boolean;
}

/**
 * Decides whether to encrypt, and gets what that takes; undefined is plaintext.
 *
 * @throws {RangeError} if what was chosen does not go together.
 * @throws {ChatError} `invalid`, if a file cannot be used.
 */
export async function chooseServerTls(
  choice: TlsChoice,
  now: Date,
): Promise<ServerTls | undefined> {
  const { address, tlsCert, tlsKey, clientCa, data } = choice;
  const needsTls = tlsCert !== undefined || tlsKey !== undefined || clientCa !== undefined;
  if (choice.tls === false && needsTls) {
    throw new RangeError(`tls false: "${tlsCert ?? tlsKey ?? clientCa}" is of no use without TLS`);
  }
  const tls = choice.tls ?? (needsTls || !choice.isLocal);
  if (!tls) return undefined;
  const authorities = clientCa === undefined ? undefined : await readAuthorities(clientCa);
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const files = { cert: tlsCert, key: tlsKey };
    const given = await readCertificate(files, now);
    return { ...given, clientCa: authorities, files, isNew: false };
  }
  if (tlsCert !== undefined || tlsKey !== undefined) {
    throw new RangeError(
      tlsCert === undefined
        ? `tlsKey "${tlsKey}": tlsCert is missing`
        : `tlsCert "${tlsCert}": tlsKey is missing`,
    );
  }
  const hosts = ownHosts(address);
  if (data === undefined) {
    const made = makeSelfSigned(hosts, now);
    return { ...made, clientCa: authorities, files: undefined, isNew: true };
  }
  const files = { cert: `${data}.crt`, key: `${data}.key` };
  return { ...await loadOrMakeCertificate(files, hosts, now), clientCa: authorities, files };
}

/** What there is to know of `tls` from outside. */
export function describeEncryption({ digest, files, isNew, clientCa }: ServerTls): Encryption {
  return {
    fingerprint: fingerprint(digest),
    certFile: files?.cert,
    isNew,
    asksClients: clientCa !== undefined,
  };
}
