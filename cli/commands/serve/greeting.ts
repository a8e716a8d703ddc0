import type { ChatServer } from "../../../server.ts";
import { escapeText } from "../../../text/escape.ts";

/** What to know of a server that has started: where it is, and how to join it. */
export function greeting(
  { address, publicAddress, metricsAddress, isLocal, encryption }: ChatServer,
  program: string,
): string {
  const lines = [`listening on ${address}`];
  if (metricsAddress !== undefined) lines.push(`metrics on http://${metricsAddress}/metrics`);
  const join = [program, "join", "--server", publicAddress];
  if (encryption) {
    const { fingerprint, certFile, isNew, asksClients } = encryption;
    if (certFile === undefined) {
      lines.push("made a certificate for as long as this server runs (--data :memory:)");
    } else if (isNew) {
      lines.push(
        `made ${escapeText(certFile)} and its key: keep them, by them clients know this server`,
      );
    }
    lines.push(`fingerprint: ${fingerprint}`);
    join.push("--fingerprint", fingerprint);
    if (asksClients) join.push("--cert", "FILE", "--key", "FILE");
  } else if (!isLocal) join.push("--insecure");
  return [...lines, `join with: ${join.join(" ")}`, ""].join("\n");
}
