import { createConnection, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { type Address, isLoopback, parseAddress } from "../../text/address.ts";
import { parseIp } from "../../text/ip.ts";
import { connectionError } from "./connection_error.ts";
import { SubjectAltNames } from "./subject_alt_names.ts";

/** The way to recognize the server. */
export type Trust =
  /** By this certificate only. `pinnedIn` is the line that says so, as `FILE:LINE`. */
  | {
    readonly by: "certificate";
    readonly fingerprint: string;
    readonly pinnedIn?: string | undefined;
  }
  /** By an authority that signed its certificate: one of `ca`, in PEM, or a public one. */
  | { readonly by: "authority"; readonly ca?: string | undefined };

/** The client's own certificate and its private key, both in PEM. */
export interface ClientCertificate {
  /** The certificate. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** The options for TLS with a server. */
export interface TlsOptions {
  /** The way to recognize the server. */
  readonly trust: Trust;
  /** The client's own certificate. Default: none. */
  readonly certificate?: ClientCertificate | undefined;
}

/** The certificate that a server has shown. */
export interface ShownCertificate {
  /** Its SHA-256: pairs of hexadecimal digits with colons between them. */
  readonly fingerprint: string;
  /** The reason why the public authorities do not vouch for it; undefined if they do. */
  readonly problem: string | undefined;
}

/** A TLS connection. */
export interface SecureConnection {
  /** The connection. */
  readonly socket: TLSSocket;
  /** The certificate of the server. */
  readonly shown: ShownCertificate;
}

/**
 * Returns whether a connection to `address` needs TLS to be private: it may be another machine.
 *
 * @throws {ChatError} `invalid`, if it is not an address.
 */
export function needsTls(address: string): boolean {
  return !isLoopback(parseServerAddress(address));
}

function parseServerAddress(text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw new ChatError("invalid", `Cannot join "${text}": ${errorMessage(cause)}`, { cause });
  }
}

/**
 * Starts TLS on a connection to `address`, and checks that the server is the trusted one.
 *
 * @throws {ChatError} `untrusted`, if it is another one; `mismatched`, if it speaks no TLS;
 * `unavailable`, if the connection breaks.
 */
export async function secure(
  socket: Socket,
  address: string,
  { trust, certificate }: TlsOptions,
): Promise<SecureConnection> {
  const ca = trust.by === "authority" ? trust.ca : undefined;
  const secured = await shakeHands(socket, address, { ca, certificate });
  const problem = trustProblem(trust, secured.shown);
  if (problem === undefined) return secured;
  secured.socket.destroy();
  throw new ChatError("untrusted", problem);
}

/** Returns why a server with this certificate is not trusted; undefined if it is. */
function trustProblem(trust: Trust, shown: ShownCertificate): string | undefined {
  if (trust.by === "authority") {
    return shown.problem && `${shown.problem} (SHA-256 ${shown.fingerprint})`;
  }
  if (shown.fingerprint === trust.fingerprint) return undefined;
  return trust.pinnedIn === undefined
    ? `its certificate is ${shown.fingerprint}, not ${trust.fingerprint}`
    : `its certificate has changed: it is ${shown.fingerprint}, and was ${trust.fingerprint} ` +
      `(${trust.pinnedIn}; if you know why, remove that line)`;
}

/**
 * Connects to `address`, and returns its certificate, and whether the public authorities vouch for
 * it.
 *
 * @throws {ChatError} `mismatched`, if it speaks no TLS; `unavailable`, if it is not there, or
 * `signal` is aborted.
 */
export async function inspect(
  address: string,
  certificate: ClientCertificate | undefined,
  signal: AbortSignal,
): Promise<ShownCertificate> {
  const socket = createConnection(parseServerAddress(address));
  const stop = () => socket.destroy(new Error("no answer"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    if (signal.aborted) stop();
    await waitForConnect(socket);
    const { shown } = await shakeHands(socket, address, { ca: undefined, certificate });
    return shown;
  } finally {
    signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

function waitForConnect(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve());
    socket.on("error", (error) => reject(connectionError(error.message)));
  });
}

function shakeHands(
  socket: Socket,
  address: string,
  { ca, certificate }: { ca: string | undefined; certificate: ClientCertificate | undefined },
): Promise<SecureConnection> {
  const parsed = parseServerAddress(address);
  const host = "path" in parsed ? "localhost" : parsed.host;
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      ALPNProtocols: ["h2"],
      minVersion: "TLSv1.2",
      ...(!parseIp(host) && { servername: host }), // An IP address is not a server name.
      ...(ca !== undefined && { ca }),
      ...certificate,
      // The handshake proves in any case that the server has the key of its certificate. All else
      // is checked afterwards, by `trust` alone, and with words for a person.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    secured.once("secureConnect", () => {
      const fingerprint = secured.getPeerCertificate().fingerprint256;
      resolve({
        socket: secured,
        shown: { fingerprint, problem: certificateProblem(secured, host) },
      });
    });
    secured.on("error", (error) => reject(connectionError(error.message)));
  });
}

/**
 * Returns why the authorities do not vouch for the certificate of `socket`; undefined if they do.
 */
function certificateProblem(socket: TLSSocket, host: string): string | undefined {
  const { valid_from: from, valid_to: to, raw } = socket.getPeerCertificate();
  if (socket.authorized) {
    const names = new SubjectAltNames(raw);
    if (names.include(host)) return undefined;
    return `its certificate is for ${String(names) || "nobody"}, not for ${host}`;
  }
  // Deno has one error for every problem, so the dates are checked here.
  if (Date.now() > Date.parse(to)) return `its certificate has expired on ${to}`;
  if (Date.now() < Date.parse(from)) return `its certificate is not valid before ${from}`;
  return "no authority that this machine trusts has signed its certificate";
}
