import {
  type ConnectionOptions,
  credsAuthenticator,
  errors,
  type NatsConnection,
  NatsConnectionImpl,
  nkeyAuthenticator,
  setTransportFactory,
} from "@nats-io/transport-node";
import { nodeResolveHost } from "@nats-io/transport-node/lib/node_transport.js";
import { errnoWords, reasonFor } from "../../../platform/errno.ts";
import { ChatError, type ChatErrorCode } from "../../../room/errors.ts";
import { isTlsNode } from "../../cluster_options.ts";
import { Attempts } from "../attempts.ts";
import type { ConnectOptions } from "../connect_options.ts";
import { NatsTransport } from "./transport.ts";

/**
 * The default for `dialMs`, in milliseconds. A node that stops may accept a connection and close it
 * at once, which the package does not notice: it waits this long, and clients are sent away after 5 s.
 */
const DIAL_MS = 2_000;

// What the package's connect() does, with another transport.
setTransportFactory({ factory: () => new NatsTransport(), dnsResolveFn: nodeResolveHost });

/**
 * Connects to a node, and to another one whenever that is lost.
 *
 * @throws {ChatError} if none can be reached in time, or if they refuse this server.
 */
export function dial(
  options: ConnectOptions,
  attempts = new Attempts(options),
): Promise<NatsConnection> {
  const nodes = shuffled(options.urls.map((url) => url.replace(/^\w+:\/\//, "")));
  const base = connectionOptions(options);
  return attempts.repeat(() => dialAny(nodes, base));
}

/** Connects to the first node that accepts this server. */
async function dialAny(
  nodes: readonly string[],
  base: ConnectionOptions,
): Promise<NatsConnection> {
  let refused: ChatError | undefined;
  for (const node of nodes) {
    try {
      return await dialFirst(node, nodes, base);
    } catch (cause) {
      const error = refusal(cause, node, base);
      // Of several errors the one that waiting does not mend is shown.
      if (!refused || error.code !== "unavailable") refused = error;
    }
  }
  throw refused;
}

/** Connects to one node, and later to the others. */
async function dialFirst(
  first: string,
  nodes: readonly string[],
  base: ConnectionOptions,
): Promise<NatsConnection> {
  // Only without reconnecting does the package say why a node refused it.
  const servers = [first];
  const nats = await NatsConnectionImpl.connect({ ...base, servers, reconnect: false });
  (nats as NatsConnectionImpl).options.reconnect = true;
  nats.setServers([...nodes.filter((node) => node !== first), first]); // In this order.
  return nats;
}

function connectionOptions(options: ConnectOptions): ConnectionOptions {
  const { urls, credentials, ca, cert, key, dialMs = DIAL_MS } = options;
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new ChatError("invalid", "The file of --cluster-ca has no certificate in PEM");
  }
  const tls = { ...(ca !== undefined && { ca }), ...(cert && key && { cert, key }) };
  const usesTls = urls.some(isTlsNode) || Object.keys(tls).length > 0;
  return {
    name: "chat",
    timeout: dialMs,
    noAsyncTraces: true,
    noRandomize: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    reconnectJitterTLS: 50,
    pingInterval: 2_000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true, // A node that restarts may know its users a little later.
    ignoreClusterUpdates: true, // Certificates are checked against the hosts that were given.
    ...(credentials !== undefined && { authenticator: authenticatorOf(credentials) }),
    ...(usesTls && { tls }),
  };
}

/** @throws {ChatError} `invalid`, if the text is neither a credentials file nor a seed. */
function authenticatorOf(credentials: string): ReturnType<typeof nkeyAuthenticator> {
  const bytes = new TextEncoder().encode(credentials.trim());
  const authenticator = credentials.includes("-----BEGIN")
    ? credsAuthenticator(new TextEncoder().encode(credentials))
    : nkeyAuthenticator(bytes);
  try {
    authenticator("nonce");
  } catch (cause) {
    throw new ChatError(
      "invalid",
      "The file of --cluster-creds has neither NATS credentials nor the seed of an NKey",
      { cause },
    );
  }
  return authenticator;
}

function refusal(cause: unknown, hostPort: string, base: ConnectionOptions): ChatError {
  const reason = reasonOf(cause);
  const nats = `NATS at ${hostPort}`;
  const error = (code: ChatErrorCode, words: string) => new ChatError(code, words, { cause });
  if (cause instanceof errors.AuthorizationError) {
    const words = base.authenticator
      ? "refused the credentials: check the file of --cluster-creds"
      : "requires credentials: use --cluster-creds";
    return error("unauthenticated", `${nats} ${words}`);
  }
  if (/does not support 'tls'/.test(reason)) {
    return error("mismatched", `${nats} does not use TLS: use nats://`);
  }
  if (/fatal alert/.test(reason)) {
    return error(
      "mismatched",
      `${nats} requires a certificate that it trusts (${reason}): use --cluster-cert and --cluster-key`,
    );
  }
  if (/certificate|UnknownIssuer|NotValidForName/i.test(reason)) {
    const words = `${reason}; name its authority with --cluster-ca`;
    return error("untrusted", `Cannot trust ${nats}: ${words}`);
  }
  return error("unavailable", `Cannot reach ${nats}: ${reason}`);
}

/** Returns the words of an error on one line. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.TimeoutError) return errnoWords("ETIMEDOUT");
  const cause = error instanceof errors.ConnectionError && error.cause || error;
  return reasonFor(cause).replaceAll(/\s+/g, " ");
}

/** Returns the items in random order, so that servers spread over the nodes. */
function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
