import { errorMessage } from "../../room/errors.ts";
import type { OwnedName } from "../../room/owned_name.ts";
import { escapeText } from "../../text/escape.ts";
import { isTime } from "../../text/is_time.ts";
import { safeJson } from "../../text/safe_json.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadOrMakeNamedIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { toggle } from "../framework/flag_kinds.ts";
import { orderForOwnKey } from "./order_for_own_key.ts";

const { server, name, timeout } = commonFlags;

/** Only a server that is given is asked: without one, the command needs no connection. */
const asked: Flag<readonly string[]> = {
  value: server.value,
  help: "server to ask for the names that are yours",
  bounds: server.bounds,
  fallback: [],
  fallbackHelp: "none",
  parse: server.parse,
};

const flags = {
  name,
  server: asked,
  ...credentialFlags,
  timeout,
  json: toggle(
    "print a line of JSON: name, fingerprint, key (the public key, in base64); with --server, names",
  ),
};

/** `chat whoami`. */
export const whoami = command({
  description:
    `Prints your name and the fingerprint of your key. Servers recognize you by the key. It is in your
configuration folder ($XDG_CONFIG_HOME/chat/key or ~/.config/chat/key, on Windows
%APPDATA%\\chat\\key), or in the file of --identity, and is created if there is none. To use your name
on another machine, copy the key there. Anyone who has the key can use your name.

The names that are yours are those that your key owns on a server: the first key that speaks under a name
owns it. They are printed only with --server, from that server; CHAT_SERVER does not count here. To give a
name back, use chat drop.`,
  flags,
  examples: [
    ["", "print your name and fingerprint"],
    ["--json", "the same for a program, with the public key"],
    ["--identity ci.key", "make a key for a bot, in a file of its own"],
    ["--server chat.example", "print the names that are yours there, too"],
  ],
  exits: [
    [EXIT.done, "done"],
    [EXIT.failed, "there is no key and no folder for one, or the key file is invalid"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server of --server cannot be reached, or is not a chat server"],
    [EXIT.refused, "it does not let you in or lists no names, or is not trusted"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output } = context;
  const name = values.name ?? (await import("../credentials/login_name.ts")).loginName();
  const identity = await loadOrMakeNamedIdentity(context, values);
  if (!identity) return EXIT.failed;
  let names: readonly OwnedName[] | undefined;
  if (values.server.length > 0) {
    const answer = await orderForOwnKey({ action: "own", name: "" }, identity, { values, context });
    if (!answer) return EXIT.failed;
    names = answer.names;
  }
  const { fingerprint, publicKey } = identity;
  const known = { name, fingerprint, key: publicKey.toBase64() };
  const text = values.json
    ? safeJson({ ...known, ...(names && { names: names.map(toJson) }) })
    : [`name         ${escapeText(name)}`, `fingerprint  ${fingerprint}`, ...await nameLines(names)]
      .join("\n");
  await output.print(`${text}\n`);
  await warnOfName(name, output);
  return EXIT.done;
}

/** A name for programs. */
function toJson({ name, time, seen, spoken }: OwnedName): object {
  return { name, since: isoTime(time), seen: isoTime(seen), spoken };
}

/** A time in RFC 3339; null if the server sent none. */
function isoTime(time: number): string | null {
  return isTime(time) ? new Date(time).toISOString() : null;
}

/**
 * The lines for names that are the person's. If no server was asked, a person at a terminal learns
 * how to ask one.
 */
async function nameLines(names: readonly OwnedName[] | undefined): Promise<string[]> {
  if (!names) {
    return Deno.stdout.isTerminal()
      ? ["names        chat whoami --server HOST:PORT lists those on a server"]
      : [];
  }
  const { ownNameLines } = await import("../../client/render/owned_names.ts");
  const lines = names.length > 0 ? ownNameLines(names, Date.now()) : ["none"];
  return lines.map((line) => `names        ${line}`);
}

/** Reports that servers refuse the name, unless it has been in use since before their rule. */
async function warnOfName(name: string, { report }: Context["output"]): Promise<void> {
  const { checkNewName } = await import("../../room/name_rule.ts");
  try {
    checkNewName(name);
  } catch (error) {
    report(`warning: servers refuse this name if it is new: ${escapeText(errorMessage(error))}`);
  }
}
