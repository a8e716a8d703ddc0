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
import { errnoWords, reasonFor } from "../../platform/errno.ts";
import { ChatError, type ChatErrorCode } from "../../room/errors.ts";
import { type NatsAddress, parseAddresses } from "./nats_address.ts";
import { NatsTransport } from "./nats_transport.ts";
import type { ClusterOptions } from "./settings.ts";

// What the package's connect() does, with another transport.
setTransportFactory({ factory: () => new NatsTransport(), dnsResolveFn: nodeResolveHost });

const RETRY_MS = 200;

/**
 * Connects to a node, and to another one whenever that is lost.
 *
 * @throws {ChatError} if none can be reached in time, or if they refuse this server.
 */
export async function dial(options: ClusterOptions, deadline: number): Promise<NatsConnection> {
  const addresses = shuffled(parseAddresses(options.urls));
  const base = connectionOptions(options, addresses);
  while (true) {
    let refused: ChatError | undefined;
    for (const address of addresses) {
      try {
        return await dialFirst(address, addresses, base);
      } catch (cause) {
        const error = refusal(cause, address.hostPort, base);
        // Of several errors the one that waiting does not mend is shown.
        if (!refused || error.code !== "unavailable") refused = error;
      }
    }
    if (refused && (refused.code !== "unavailable" || performance.now() > deadline)) throw refused;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Connects to one node, and later to the others. */
async function dialFirst(
  first: NatsAddress,
  addresses: readonly NatsAddress[],
  base: ConnectionOptions,
): Promise<NatsConnection> {
  // Only without reconnecting does the package say why a node refused it.
  const servers = [first.hostPort];
  const nats = await NatsConnectionImpl.connect({ ...base, servers, reconnect: false });
  (nats as NatsConnectionImpl).options.reconnect = true;
  const others = addresses.filter((address) => address !== first);
  nats.setServers([...others, first].map(({ hostPort }) => hostPort)); // In this order.
  return nats;
}

function connectionOptions(
  options: ClusterOptions,
  addresses: readonly NatsAddress[],
): ConnectionOptions {
  const { credentials, ca, certificate, dialMs = 5_000 } = options;
  if (ca !== undefined && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    throw new ChatError("invalid", "The file of --cluster-ca has no certificate in PEM");
  }
  const usesTls = addresses.some(({ isTls }) => isTls) || ca !== undefined || certificate;
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
    ...(usesTls && { tls: { ...(ca !== undefined && { ca }), ...certificate } }),
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
