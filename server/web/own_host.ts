import type { IncomingMessage } from "node:http";
import { ChatError } from "../../room/errors.ts";
import { isLoopbackHost } from "../../text/address.ts";
import { escapeText } from "../../text/escape.ts";
import { parseIp } from "../../text/ip.ts";

/** What decides whether a request comes from a page of somebody else. */
export interface OwnHostOptions {
  /** The host names of the server besides `localhost` and IP addresses. */
  readonly hosts: readonly string[];
  /** Whether its connections are encrypted. */
  readonly isEncrypted: boolean;
}

/**
 * Checks that a request was not made by a page of somebody else in the browser of a person who may
 * reach this server: the page would act in that person's place.
 *
 * - A name that is not ours may have been made to point here (DNS rebinding).
 * - Browsers send the origin of the page with each post and each WebSocket, and whether the page
 *   is ours with all requests.
 *
 * Programs send neither. They are admitted, since they act in the place of nobody else.
 *
 * @returns the origin of the page, if a page made the request.
 * @throws {ChatError} `forbidden`, with the value that is not ours.
 */
export function checkOwnHost(
  { headers, method }: Pick<IncomingMessage, "headers" | "method">,
  { hosts, isEncrypted }: OwnHostOptions,
): string | undefined {
  const { host = "", origin } = headers;
  if (!isOwnName(host, hosts)) {
    const words = `"${escapeText(host)}" is not a name of this server`;
    throw new ChatError("forbidden", `${words}: its operator may add it with --web-host`);
  }
  if (origin !== undefined) {
    const scheme = isEncrypted ? "https" : "https?"; // A proxy may encrypt in front of plaintext.
    const [, where] = new RegExp(`^${scheme}://([^/]+)$`).exec(origin) ?? [];
    if (where?.toLowerCase() !== host.toLowerCase()) {
      throw new ChatError("forbidden", `Pages of "${escapeText(origin)}" may not use this server`);
    }
  }
  const { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest } = headers;
  const isOther = site === "cross-site" || site === "same-site";
  const isVisit = method === "GET" && mode === "navigate" && dest === "document";
  if (isOther && !isVisit) {
    throw new ChatError("forbidden", "Pages of other sites may not use this server");
  }
  return origin;
}

/** Whether the name in a `Host` header is one of the server. */
function isOwnName(header: string, hosts: readonly string[]): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(header) ?? [];
  const name = (bracketed ?? plain)?.toLowerCase();
  if (name === undefined) return false;
  return parseIp(name) !== undefined || isLoopbackHost(name) ||
    hosts.some((host) => host.toLowerCase() === name);
}
