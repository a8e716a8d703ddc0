import { DEFAULTS, LOBBY } from "../../room/defaults.ts";
import { checkName, NAME_FORM } from "../../room/note.ts";
import { formatAddress } from "../../text/address.ts";
import { MAX_ADDRESSES, parseAddressList } from "../../text/address_list.ts";
import { seconds } from "../framework/flag_kinds.ts";
import type { Flag } from "../framework/flags.ts";

/** The value of a flag for a name. */
export const nameValue = {
  value: "NAME",
  bounds: NAME_FORM,
  parse: (text: string): string => {
    checkName(text);
    return text;
  },
};

const name: Flag<string | undefined> = {
  ...nameValue,
  help: "name to speak under",
  env: "CHAT_NAME",
  fallback: undefined,
  fallbackHelp: "your login name",
};

/** The flags that several commands share. */
export const commonFlags = {
  name,
  server: {
    value: "HOST[:PORT][,...]",
    help: "server to join, or unix:PATH; several of one chat, with commas, are tried in turn",
    insteadOf: ["port", "host"], // Those of serve.
    env: "CHAT_SERVER",
    bounds: `port 1 to 65,535; up to ${MAX_ADDRESSES} servers`,
    fallback: [formatAddress(DEFAULTS)] as readonly string[],
    parse: (text: string) => parseAddressList(text, { defaultPort: DEFAULTS.port, minPort: 1 }),
  },
  room: {
    value: "ROOM",
    help: "room to join, created if it does not exist",
    env: "CHAT_ROOM",
    bounds: NAME_FORM,
    fallback: LOBBY,
    parse: (text: string) => {
      const room = text.replace(/^#/, ""); // As the server prints it.
      checkName(room, "Room");
      return room;
    },
  },
  timeout: seconds({
    help: "time to wait for the server and its answers",
    fallback: DEFAULTS.timeoutMs,
    min: 100,
    max: 3_600_000,
  }),
};
