import {
  connect,
  type ConnectionOptions,
  credsAuthenticator,
  errors,
  type NatsConnection,
  nkeyAuthenticator,
} from "@nats-io/transport-node";
import { ChatError, errorMessage } from "../../room/errors.ts";
import { type NatsAddress, parseAddresses } from "./nats_address.ts";
import type { ClusterOptions } from "./settings.ts";

/** The time for one attempt to connect, in milliseconds. */
const DIAL_MS = 5_000;
const RETRY_MS = 200;

/**
 * Connects to a node, and to another one whenever that is lost.
 *
 * @throws {ChatError} if none can be reached in time, or if they refuse this server.
 */
export async function dial(options: ClusterOptions, deadline: number): Promise<NatsConnection> {
  const addresses = shuffled(parseAddresses(options.urls));
  const base = connectionOptions(options, addresses);
  const reachable = await firstReachable(addresses, base, deadline);
  // The package forgets nodes that it did not reach at first, unless it waits for them.
  const others = addresses.filter((address) => address !== reachable);
  return await connect({
    ...base,
    servers: [reachable, ...others].map(({ hostPort }) => hostPort),
    noRandomize: true,
    reconnect: true,
    waitOnFirstConnect: true,
  });
}

function connectionOptions(
  options: ClusterOptions,
  addresses: readonly NatsAddress[],
): ConnectionOptions {
  const { credentials, ca, certificate } = options;
  const usesTls = addresses.some(({ isTls }) => isTls) || ca !== undefined || certificate;
  return {
    name: "chat",
    timeout: DIAL_MS,
    noAsyncTraces: true,
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

/** Returns the first node that accepts this server. */
async function firstReachable(
  addresses: readonly NatsAddress[],
  base: ConnectionOptions,
  deadline: number,
): Promise<NatsAddress> {
  while (true) {
    let refusal: ChatError | undefined;
    for (const address of addresses) {
      const error = await refusalOf(address, base);
      if (!error) return address;
      // Of several errors the one that waiting does not mend is shown.
      if (!refusal || error.code !== "unavailable") refusal = error;
    }
    if (refusal && (refusal.code !== "unavailable" || performance.now() > deadline)) throw refusal;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function refusalOf(
  { hostPort }: NatsAddress,
  base: ConnectionOptions,
): Promise<ChatError | undefined> {
  try {
    const connection = await connect({ ...base, servers: [hostPort], reconnect: false });
    await connection.close();
    return undefined;
  } catch (error) {
    return refusal(error, hostPort, base);
  }
}

function refusal(error: unknown, hostPort: string, base: ConnectionOptions): ChatError {
  const reason = errorMessage(error);
  if (error instanceof errors.AuthorizationError) {
    const [problem, remedy] = base.authenticator
      ? ["refused the credentials", "check the file of --cluster-creds"]
      : ["requires credentials", "use --cluster-creds"];
    return new ChatError("unauthenticated", `NATS at ${hostPort} ${problem}: ${remedy}`, {
      cause: error,
    });
  }
  if (/does not support 'tls'/.test(reason)) {
    return new ChatError("mismatched", `NATS at ${hostPort} does not use TLS: use nats://`, {
      cause: error,
    });
  }
  if (isAboutCertificates(error)) {
    return new ChatError(
      "untrusted",
      `Cannot trust NATS at ${hostPort}: ${reason}; name its authority with --cluster-ca`,
      { cause: error },
    );
  }
  return new ChatError("unavailable", `Cannot reach NATS at ${hostPort}: ${reason}`, {
    cause: error,
  });
}

/** Deno has no error class for these: only their words. */
function isAboutCertificates(error: unknown): boolean {
  return /certificate|UnknownIssuer|NotValidForName/i.test(errorMessage(error));
}

/** Returns the items in random order, so that servers spread over the nodes. */
function shuffled<T>(items: readonly T[]): T[] {
  return items.map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
