import {
  type Certificate,
  type CertificateFiles,
  readAuthorities,
  readCertificate,
} from "../../platform/certificate.ts";
import { formatCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import { ownHosts } from "../net/public_address.ts";
import { loadOrMakeCertificate, makeSelfSigned } from "./self_signed.ts";

/** The options that decide about TLS. */
export interface TlsChoice {
  /** The address to listen on: `HOST:PORT` or `unix:PATH`. */
  readonly address: string;
  /** Whether only this machine can connect. */
  readonly isLocal: boolean;
  /**
   * True for TLS, false for plaintext. Default: TLS if a certificate is given, or if other machines
   * can connect.
   */
  readonly tls?: boolean | undefined;
  /** The certificate's file, in PEM. Default: the server makes its own certificate. */
  readonly tlsCert?: string | undefined;
  /** The private key's file, in PEM. */
  readonly tlsKey?: string | undefined;
  /** The file of client certificate authorities, in PEM. Default: clients need no certificate. */
  readonly clientCa?: string | undefined;
  /**
   * The data file. The server's own certificate is stored next to it. Default: it is not stored.
   */
  readonly data?: string | undefined;
}

type TlsFiles = Pick<TlsChoice, "tlsCert" | "tlsKey" | "clientCa">;

/** A server's TLS configuration. */
export interface ServerTls extends Certificate {
  /** The client certificate authorities, in PEM; undefined if clients need no certificate. */
  readonly clientCa: string | undefined;
  /** The certificate's files; undefined if it is not stored. */
  readonly files: CertificateFiles | undefined;
  /** Whether the server has just created it. */
  readonly isNew: boolean;
}

/** A server's encryption, as reported. */
export interface Encryption {
  /** The SHA-256 of the certificate, as pairs of hexadecimal digits separated by colons. */
  readonly fingerprint: string;
  /** The certificate's file; undefined if it is not stored. */
  readonly certFile: string | undefined;
  /** Whether the server has just created the certificate. */
  readonly isNew: boolean;
  /** Whether clients need a certificate. */
  readonly asksClients: boolean;
}

/**
 * Decides whether to use TLS, and loads or makes the certificate. Returns undefined for plaintext.
 *
 * @throws {RangeError} if the options contradict each other.
 * @throws {ChatError} `invalid`, if a file cannot be used.
 */
export async function chooseServerTls(
  choice: TlsChoice,
  now: Date,
): Promise<ServerTls | undefined> {
  const { address, tlsCert, tlsKey, clientCa, data } = choice;
  if (choice.tls === false && requiresTls(choice)) {
    throw new RangeError(`tls false: "${tlsCert ?? tlsKey ?? clientCa}" requires TLS`);
  }
  if (!usesTls(choice)) return undefined;
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

/** Whether the server makes its own certificate, which no other server has. */
export function makesCertificate(choice: Omit<TlsChoice, "address" | "data">): boolean {
  return usesTls(choice) && choice.tlsCert === undefined && choice.tlsKey === undefined;
}

function usesTls(choice: Pick<TlsChoice, "tls" | "isLocal"> & TlsFiles): boolean {
  return choice.tls ?? (requiresTls(choice) || !choice.isLocal);
}

function requiresTls({ tlsCert, tlsKey, clientCa }: TlsFiles): boolean {
  return tlsCert !== undefined || tlsKey !== undefined || clientCa !== undefined;
}

/** Returns the public part of `tls`. */
export function describeEncryption({ digest, files, isNew, clientCa }: ServerTls): Encryption {
  return {
    fingerprint: formatCertificateFingerprint(digest),
    certFile: files?.cert,
    isNew,
    asksClients: clientCa !== undefined,
  };
}
