import { checkCluster, type CheckedCluster } from "../../server/cluster_options.ts";
import { checkClusterFlags, type ClusterValues } from "../flags/cluster.ts";
import { readText } from "./read_text.ts";

/**
 * Reads the files that the flags name, as an option of the server; undefined without `--cluster`.
 *
 * @throws {UsageError} if the flags contradict each other.
 * @throws {Error} in words for a person, if a file cannot be read.
 */
export async function readCluster(values: ClusterValues): Promise<CheckedCluster | undefined> {
  checkClusterFlags(values);
  if (values.cluster === undefined) return undefined;
  const read = async (file: string | undefined, what: string) =>
    file === undefined ? undefined : await readText(file, what);
  const replicas = values["cluster-replicas"];
  return checkCluster({
    urls: values.cluster,
    name: values["cluster-name"],
    replicas: replicas === undefined ? undefined : Number(replicas),
    credentials: await read(values["cluster-creds"], "the credentials"),
    ca: await read(values["cluster-ca"], "the certificates"),
    cert: await read(values["cluster-cert"], "the certificate"),
    key: await read(values["cluster-key"], "the private key"),
  });
}
