import type { ServeOptions } from "../../../server.ts";
import { UsageError } from "../../framework/exit.ts";
import { file, toggle } from "../../framework/flag_kinds.ts";
import type { Values } from "../../framework/flags.ts";

/** The flags by which a server says how private it wants to be, and with whom. */
export const encryptionFlags = {
  tls: toggle("encrypt also where only this machine gets there"),
  insecure: toggle("do not encrypt: all on the way can read and change what is said"),
  "tls-cert": file({
    value: "FILE",
    help: "certificate to show, in PEM",
    fallbackHelp: "one of its own, kept beside the data",
  }),
  "tls-key": file({ value: "FILE", help: "private key of the certificate", fallbackHelp: "none" }),
  "client-ca": file({
    value: "FILE",
    help: "let in only clients with a certificate of these authorities, in PEM",
    fallbackHelp: "none",
  }),
};

/**
 * What the flags say, as the server takes it.
 *
 * @throws {UsageError} if they do not go together.
 */
export function readEncryption(
  values: Values<typeof encryptionFlags>,
): Pick<ServeOptions, "tls" | "tlsCert" | "tlsKey" | "clientCa"> {
  const { insecure, tls } = values;
  const [tlsCert, tlsKey, clientCa] = [values["tls-cert"], values["tls-key"], values["client-ca"]];
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError("--tls-cert and --tls-key go together: give both, or none");
  }
  if (insecure && (tls || tlsCert !== undefined || clientCa !== undefined)) {
    throw new UsageError("--insecure goes with none of --tls, --tls-cert, --tls-key, --client-ca");
  }
  return {
    ...((tls || insecure) && { tls }),
    ...(tlsCert !== undefined && { tlsCert }),
    ...(tlsKey !== undefined && { tlsKey }),
    ...(clientCa !== undefined && { clientCa }),
  };
}
