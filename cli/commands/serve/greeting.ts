import type { ChatServer, Cluster } from "../../../server.ts";
import { escapeText } from "../../../text/escape.ts";
import { formatCount } from "../../../text/number.ts";

/** The text that a server prints at its start: its addresses, and how to join it. */
export function greeting(
  { address, publicAddress, metricsAddress, pageAddress, isLocal, encryption, cluster }: ChatServer,
  { program, asksPassword }: { readonly program: string; readonly asksPassword: boolean },
): string {
  const lines = [`listening on ${address}`];
  if (metricsAddress !== undefined) lines.push(`metrics on http://${metricsAddress}/metrics`);
  if (cluster) lines.push(shareLine(cluster));
  const join = [program, "join", "--server", publicAddress];
  if (encryption) {
    const { fingerprint, certFile, isNew, asksClients } = encryption;
    if (certFile === undefined) {
      lines.push("created a certificate that lasts until this server stops (--data :memory:)");
    } else if (isNew) {
      lines.push(
        `created ${
          escapeText(certFile)
        } and its key: keep them, clients recognize this server by them`,
      );
    }
    lines.push(`fingerprint: ${fingerprint}`);
    join.push("--fingerprint", fingerprint);
    if (asksClients) join.push("--cert", "FILE", "--key", "FILE");
  } else if (!isLocal) join.push("--insecure");
  if (asksPassword) lines.push("requires its password: join asks for it (or --password-file FILE)");
  lines.push(`join with: ${join.join(" ")}`);
  if (pageAddress !== undefined) lines.push(`or in a browser: ${pageAddress}`);
  return [...lines, ""].join("\n");
}

/**
 * Says that a server shares its chat, and how. Other servers may not have answered yet: the log has
 * an event for each of them.
 */
function shareLine({ name, urls, replicas, servers }: Cluster): string {
  const nodes = urls.map((url) => url.replace(/^\w+:\/\//, "")).join(", ");
  const copies = formatCount(replicas, "node");
  const running = servers > 1 ? `; ${formatCount(servers, "server")} running` : "";
  return `shares the chat "${name}" on ${nodes}, each note on ${copies}${running}`;
}
