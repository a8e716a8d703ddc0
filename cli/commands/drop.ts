import { escapeText } from "../../text/escape.ts";
import { credentialFlags } from "../credentials/credentials.ts";
import { loadIdentity } from "../credentials/load_identity.ts";
import { commonFlags, nameValue } from "../flags/common.ts";
import { command, type Context } from "../framework/command.ts";
import { EXIT } from "../framework/exit.ts";
import type { Flag, Values } from "../framework/flags.ts";
import { orderForOwnKey } from "./order_for_own_key.ts";

const { server, timeout } = commonFlags;

const name: Flag<string> = {
  ...nameValue,
  operand: "required",
  help: "name to give back",
  fallback: "",
};

const flags = { name, server, ...credentialFlags, timeout };

/** `chat drop`. */
export const drop = command({
  description:
    `Gives back a name that belongs to your key, so that it belongs to the next key that speaks under it.
The notes under the name stay, and private notes to it stay yours. A name that one of your sessions is
using is not given back. To see the names that are yours, use chat whoami --server.`,
  flags,
  examples: [
    ["old-name", "give back a name on this machine's server"],
    ["--identity ci.key --server chat.example ci", "give back the name of a bot"],
  ],
  exits: [
    [EXIT.done, "the name is not yours any more"],
    [EXIT.failed, "there is no key, or a signal stopped the command"],
    [EXIT.usage, "the command line is wrong"],
    [EXIT.unreachable, "the server cannot be reached, or is not a chat server"],
    [
      EXIT.refused,
      "the name is not yours or is in use, or the server does not let you in, or is not trusted",
    ],
  ],
  run,
});

async function run(values: Values<typeof flags>, context: Context): Promise<number> {
  const { output } = context;
  const identity = await loadIdentity(context, values);
  if (!identity) {
    output.report("error: There is no key, so no name is yours");
    return EXIT.failed;
  }
  const order = { action: "drop", name: values.name } as const;
  const answer = await orderForOwnKey(order, identity, { values, context });
  if (!answer) return EXIT.failed;
  await output.print(`${escapeText(answer.words)}\n`);
  return EXIT.done;
}
