import { DEFAULTS } from "../../../room/defaults.ts";
import type { ServeOptions } from "../../../server.ts";
import { joinAddress, parseHost } from "../../../text/address.ts";
import { UsageError } from "../../framework/exit.ts";
import { choice, file, integer, toggle } from "../../framework/flag_kinds.ts";
import { inGroup, type Values } from "../../framework/flags.ts";

/** The flags for listening and encryption. */
export const networkFlags = inGroup("Network", {
  host: {
    value: "HOST",
    help: "address to listen on",
    bounds: "an address, a name or unix:PATH",
    fallback: DEFAULTS.host,
    parse: parseHost,
  },
  port: integer({
    value: "PORT",
    help: "port to listen on; 0 picks a free one",
    fallback: DEFAULTS.port,
    fallbackHelp: String(DEFAULTS.port),
    min: 0,
    max: 65_535,
  }),
  "socket-mode": {
    value: "MODE",
    help: "permissions of the Unix socket of --host, as for chmod: 660 lets its group in",
    bounds: "three octal digits",
    fallback: 0o600,
    fallbackHelp: "600",
    parse: (text: string) => {
      if (!/^[0-7]{3}$/.test(text)) throw new RangeError("must be three octal digits, such as 660");
      return parseInt(text, 8);
    },
  },
  web: choice(["on", "off"], {
    value: "on|off",
    help: "whether browsers and curl may use the chat on the same port",
    fallback: "on",
    fallbackHelp: "on",
  }),
  "web-host": {
    value: "NAME[,NAME]",
    help: "names by which browsers reach the server, besides localhost and IP addresses",
    bounds: "host names without a port",
    fallback: [],
    fallbackHelp: "none",
    parse: parseHosts,
  },
  tls: toggle("encrypt even if only this machine can connect"),
  insecure: toggle("do not encrypt: anyone on the network path can read and change messages"),
  "tls-cert": file({
    value: "FILE",
    help: "certificate of the server, in PEM",
    fallbackHelp: "one of its own, kept beside the data",
  }),
  "tls-key": file({ value: "FILE", help: "private key of the certificate", fallbackHelp: "none" }),
  "client-ca": file({
    value: "FILE",
    help: "accept only clients with a certificate from these authorities, in PEM",
    fallbackHelp: "none",
  }),
});

function parseHosts(text: string): string[] {
  const hosts = text.split(",");
  if (hosts.every((host) => /^[\p{L}\p{N}.-]+$/u.test(host))) return hosts;
  throw new RangeError("must be host names without a port, separated by commas");
}

/**
 * The options that the flags stand for.
 *
 * @throws {UsageError} if they contradict each other.
 */
export function networkOptions(
  values: Values<typeof networkFlags>,
): Pick<
  ServeOptions,
  "address" | "socketMode" | "web" | "webHosts" | "tls" | "tlsCert" | "tlsKey" | "clientCa"
> {
  const { insecure, tls, web, "web-host": webHosts } = values;
  const [tlsCert, tlsKey, clientCa] = [values["tls-cert"], values["tls-key"], values["client-ca"]];
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError("--tls-cert and --tls-key go together: give both, or none");
  }
  if (insecure && (tls || tlsCert !== undefined || clientCa !== undefined)) {
    throw new UsageError(
      "--insecure cannot be combined with --tls, --tls-cert, --tls-key or --client-ca",
    );
  }
  if (web === "off" && webHosts.length > 0) {
    throw new UsageError("--web-host and --web off contradict each other: give only one of them");
  }
  return {
    address: joinAddress(values.host, values.port),
    socketMode: values["socket-mode"],
    web: web === "on",
    webHosts,
    ...((tls || insecure) && { tls }),
    ...(tlsCert !== undefined && { tlsCert }),
    ...(tlsKey !== undefined && { tlsKey }),
    ...(clientCa !== undefined && { clientCa }),
  };
}
