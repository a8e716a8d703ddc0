import { errorMessage } from "../room/errors.ts";
import { formatAddress, parseTcpAddress } from "../text/address.ts";
import { checkNumber } from "../text/check_number.ts";

/** The chat that a server shares with other servers, and the engine that they share it through. */
export interface ClusterOptions {
  /**
   * The addresses of the engine's nodes: `nats://HOST:PORT`, or `tls://HOST:PORT` to encrypt the
   * connection, which all of them do or none. The port may be left out: it is 4222 then. 1 to 16
   * addresses; the server uses no other nodes.
   */
  urls: readonly string[];
  /**
   * The name of the chat on the engine: lower-case letters, digits and `-`, at most 32 characters.
   * Servers with the same name share a chat. Default `chat`.
   */
  name?: string | undefined;
  /**
   * The number of nodes that store each note: 1, 3 or 5. Default: what the engine has for this chat
   * already; otherwise 3, or 1 if the engine is a single node.
   */
  replicas?: number | undefined;
  /** The text of a credentials file, or an NKey seed. Default: none. */
  credentials?: string | undefined;
  /** The authorities of the engine's certificates, in PEM. Default: those of the system. */
  ca?: string | undefined;
  /** The certificate to show to the engine, in PEM. Default: none. */
  cert?: string | undefined;
  /** The private key of the certificate, in PEM. */
  key?: string | undefined;
}

/** Options that have been checked: the addresses are in full. */
export type CheckedCluster = Readonly<ClusterOptions> & { readonly name: string };

/** The port of a node whose address has none. */
const NODE_PORT = 4_222;

const MAX_NODES = 16;

/** The numbers of nodes that may store each note: even ones tolerate no more failures. */
export const REPLICAS = [1, 3, 5] as const;

/** The default for the name of a chat. */
export const CLUSTER_NAME = "chat";

/** The rule for the name of a chat, in words. */
export const CLUSTER_NAME_RULE = "lower-case letters, digits and -, at most 32 characters";

/**
 * Returns the options with the addresses of the nodes in full.
 *
 * @throws {RangeError} if an option is not valid, or contradicts another.
 */
export function checkCluster(options: ClusterOptions): CheckedCluster {
  const { urls, name = CLUSTER_NAME, replicas, cert, key } = options;
  if (replicas !== undefined && !REPLICAS.some((number) => number === replicas)) {
    checkNumber("cluster.replicas", replicas, { min: 1, max: 5, isWhole: true });
    throw new RangeError(`cluster.replicas ${replicas}: must be 1, 3 or 5`);
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new RangeError("cluster.cert and cluster.key go together");
  }
  return {
    ...options,
    name: named("cluster.name", name, parseClusterName),
    urls: named("cluster.urls", urls.join(), () => parseNodes(urls)),
  };
}

/** Parses the value of an option. The errors name the option, and the value unless it is secret. */
function named<T>(option: string, value: string, parse: (text: string) => T): T {
  try {
    return parse(value);
  } catch (error) {
    const shown = hasSecret(value) ? "" : ` ${JSON.stringify(value)}`;
    throw new RangeError(`${option}${shown}: ${errorMessage(error)}`, { cause: error });
  }
}

/**
 * Checks the name of a chat on the engine.
 *
 * @throws {RangeError} with the rule.
 */
export function parseClusterName(text: string): string {
  if (!/^[a-z0-9-]{1,32}$/.test(text)) {
    throw new RangeError(`must be ${CLUSTER_NAME_RULE}`);
  }
  return text;
}

/** Whether the address of a node contains a secret, which must not be repeated. */
export function hasSecret(node: string): boolean {
  return node.includes("@");
}

/**
 * Parses the addresses of nodes, and returns them in full.
 *
 * @throws {RangeError} with the rule, and without the addresses.
 */
export function parseNodes(urls: readonly string[]): string[] {
  if (urls.length < 1 || urls.length > MAX_NODES) {
    throw new RangeError(`must be 1 to ${MAX_NODES} addresses, not ${urls.length}`);
  }
  const nodes = urls.map(parseNode);
  if (new Set(nodes.map(isTlsNode)).size > 1) {
    throw new RangeError("must use tls:// for all nodes or for none");
  }
  return nodes;
}

/** Whether the connection to a node must use TLS. */
export function isTlsNode(url: string): boolean {
  return url.startsWith("tls:");
}

function parseNode(text: string): string {
  if (hasSecret(text)) {
    throw new RangeError("an address of the engine must not contain a user, password or token");
  }
  const [, scheme, address] = /^(nats|tls):\/\/([^/]*)\/?$/.exec(text) ?? [];
  if (scheme === undefined) throw new RangeError("must be nats://HOST:PORT or tls://HOST:PORT");
  const parsed = parseTcpAddress(address!, { defaultPort: NODE_PORT, minPort: 1 });
  return `${scheme}://${formatAddress(parsed)}`;
}
