import {
  CLUSTER_NAME,
  CLUSTER_NAME_RULE,
  hasSecret,
  parseClusterName,
  parseNodes,
  REPLICAS,
} from "../../server/cluster_options.ts";
import { UsageError } from "../framework/exit.ts";
import { choice, file } from "../framework/flag_kinds.ts";
import { type Flag, inGroup, type Values } from "../framework/flags.ts";

const cluster: Flag<readonly string[] | undefined> = {
  value: "URL[,URL...]",
  help: "share the chat with the other servers on this NATS JetStream engine",
  bounds: "nats://HOST:PORT or tls://HOST:PORT of its nodes",
  fallback: undefined,
  fallbackHelp: "this server alone",
  parse: parseUrls,
};

const name: Flag<string | undefined> = {
  value: "NAME",
  help: "name of the chat on the engine",
  bounds: CLUSTER_NAME_RULE,
  fallback: undefined,
  fallbackHelp: CLUSTER_NAME,
  parse: parseClusterName,
};

/** The flags for a chat that several servers share. */
export const clusterFlags = inGroup("Several servers", {
  cluster,
  "cluster-name": name,
  "cluster-replicas": choice(REPLICAS.map(String), {
    value: "NUMBER",
    help: "nodes that store each note",
    fallback: undefined,
    fallbackHelp: "3, or 1 if the engine is a single node",
  }),
  "cluster-creds": file({
    value: "FILE",
    help: "credentials for the engine, or an NKey seed",
    fallbackHelp: "none",
  }),
  "cluster-ca": file({
    value: "FILE",
    help: "authorities that signed the engine's certificates, in PEM",
    fallbackHelp: "those of the system",
  }),
  "cluster-cert": file({
    value: "FILE",
    help: "client certificate for the engine, in PEM",
    fallbackHelp: "none",
  }),
  "cluster-key": file({
    value: "FILE",
    help: "private key of --cluster-cert",
    fallbackHelp: "none",
  }),
});

/** The names of the flags. */
const NAMES = Object.keys(clusterFlags) as (keyof typeof clusterFlags)[];

/** The values of the flags. */
export type ClusterValues = Values<typeof clusterFlags>;

/**
 * Checks that the flags go together.
 *
 * @throws {UsageError} if they do not.
 */
export function checkClusterFlags(values: ClusterValues): void {
  const given = NAMES.find((name) => values[name] !== undefined);
  if (values.cluster === undefined && given !== undefined) {
    throw new UsageError(`--${given} needs --cluster URL`);
  }
  if ((values["cluster-cert"] === undefined) !== (values["cluster-key"] === undefined)) {
    throw new UsageError("--cluster-cert and --cluster-key go together: give both, or none");
  }
}

/**
 * Parses the addresses of nodes, separated by commas.
 *
 * @throws {UsageError} without the addresses, if there is a secret in them.
 * @throws {RangeError} if one is not valid.
 */
function parseUrls(text: string): readonly string[] {
  if (hasSecret(text)) {
    const reason = "other users of this machine could see a password in it";
    throw new UsageError(`--cluster: ${reason}: put it in a file, and use --cluster-creds FILE`);
  }
  return parseNodes(text.split(","));
}
