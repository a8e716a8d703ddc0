import { parseCertificateFingerprint } from "../../text/certificate_fingerprint.ts";
import { file, toggle } from "../framework/flag_kinds.ts";
import type { Flag } from "../framework/flags.ts";

const fingerprint: Flag<string | undefined> = {
  value: "SHA256",
  help: "trust only this certificate",
  bounds: "64 hexadecimal digits, with colons or without",
  fallback: undefined,
  fallbackHelp: "none",
  parse: (text) => {
    const fingerprint = parseCertificateFingerprint(text);
    if (fingerprint === undefined) throw new RangeError("must be 64 hexadecimal digits");
    return fingerprint;
  },
};

/** The flags of clients for encryption and trust. */
export const tlsFlags = {
  tls: toggle("encrypt also on this machine"),
  insecure: toggle("do not encrypt: anyone on the network path can read and change messages"),
  fingerprint,
  ca: file({
    value: "FILE",
    help: "trust only these authorities, in PEM",
    fallbackHelp: "public ones",
  }),
  cert: file({
    value: "FILE",
    help: "certificate to show to the server, in PEM",
    fallbackHelp: "none",
  }),
  key: file({ value: "FILE", help: "private key of that certificate", fallbackHelp: "none" }),
};
