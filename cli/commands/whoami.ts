import { errorMessage } from "../../room/errors.ts";
import { escapeText } from "../../text/escape.ts";
import { loadOrMakeIdentity } from "../credentials/load_identity.ts";
import { commonFlags } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import { toggle } from "../framework/flag_kinds.ts";
import type { Values } from "../framework/flags.ts";

const flags = {
  name: commonFlags.name,
  json: toggle("print a line of JSON: name, fingerprint, key (the public key, in base64)"),
};

export const whoami = command({
  description:
    `Prints your name and the fingerprint of your key. Servers recognize you by the key. It is in your
configuration folder ($XDG_CONFIG_HOME/chat/key or ~/.config/chat/key, on Windows
%APPDATA%\\chat\\key), and is created if there is none. To use your name on another machine, copy
the key there. Anyone who has the key can use your name.`,
  flags,
  examples: [
    ["", "print your name and fingerprint"],
    ["--json", "the same for a program, with the public key"],
  ],
  exits: [
    [EXIT.done, "done"],
    [EXIT.failed, "there is no key and no folder for one, or the key file is invalid"],
    [EXIT.usage, "the command line is wrong"],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output } = context;
  const name = values.name ?? (await import("../credentials/login_name.ts")).loginName();
  const identity = await loadOrMakeIdentity(context);
  if (!identity) {
    const { keyPath } = await import("../../client/profile/key_file.ts");
    // Otherwise the reason has been reported.
    if (keyPath(context.env) === undefined) {
      output.report("error: There is no key, as there is no place for one: set HOME");
    }
    return EXIT.failed;
  }
  const { fingerprint, publicKey } = identity;
  const text = values.json
    ? JSON.stringify({ name, fingerprint, key: publicKey.toBase64() })
    : `name         ${escapeText(name)}\nfingerprint  ${fingerprint}`;
  await output.print(`${text}\n`);
  await warnOfName(name, output);
  return EXIT.done;
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
