import { file, toggle } from "../framework/flag_kinds.ts";

/** The environment variable with the file of a key, or with the key itself. */
export const IDENTITY_VARIABLE = "CHAT_IDENTITY";

/** The flags of clients for the person's key. */
export const identityFlags = {
  identity: file({
    value: "FILE",
    help: "file with your key; the variable may have the key itself",
    env: IDENTITY_VARIABLE,
    fallbackHelp: "the one in your configuration folder",
  }),
  "no-identity": toggle("use no key: no name is yours"),
};
