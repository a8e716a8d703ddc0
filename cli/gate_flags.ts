import { DEFAULTS } from "../room/defaults.ts";
import { count } from "../room/count.ts";
import { visible } from "../room/visible.ts";
import type { ChatServer, ServeOptions } from "../server.ts";
import type { Context } from "./command.ts";
import { file, integer } from "./flag_kinds.ts";
import type { Values } from "./flags.ts";
import { readPassword } from "./password.ts";

/** The flags by which a server says whom it lets in, and who may own how many names. */
export const gateFlags = {
  members: file({
    value: "FILE",
    help: "keys to let in, one a line; read again on SIGHUP",
    fallbackHelp: "everybody",
  }),
  "password-file": file({
    value: "FILE",
    help: "password that lets in everybody, or all but the members",
    fallbackHelp: "none",
  }),
  "max-names": integer({
    value: "NAMES",
    help: "how many names a key may own",
    fallback: DEFAULTS.maxNames,
    min: 1,
    max: 100_000,
  }),
  "max-owned": integer({
    value: "NAMES",
    help: "how many names may be owned in all",
    fallback: DEFAULTS.maxOwned,
    min: 1,
    max: 10_000_000,
  }),
};

type GateValues = Values<typeof gateFlags>;

/**
 * What the flags mean to the server. Warns of a list of members that is empty.
 *
 * @throws {Error} in words for a person, if a file cannot be read.
 */
export async function gateOf(
  values: GateValues,
  { output: { report } }: Pick<Context, "output">,
): Promise<Pick<ServeOptions, "members" | "password" | "maxNames" | "maxOwned">> {
  const { "password-file": password } = values;
  const members = values.members === undefined ? undefined : await readMembers(values.members);
  if (members?.keys === 0) report(emptyWarning(values));
  return {
    ...(members && { members: members.text }),
    ...(password !== undefined && { password: await readPassword(password) }),
    maxNames: values["max-names"],
    maxOwned: values["max-owned"],
  };
}

/** Has the list of members read again whenever the program is asked to; a bad one changes nothing. */
export function reloadMembers(
  server: ChatServer,
  values: GateValues,
  { output: { report }, onReload }: Context,
): Disposable {
  const { members: path } = values;
  if (path === undefined) return new DisposableStack();
  const reload = async () => {
    try {
      const { text, keys } = await readMembers(path);
      await server.setMembers(text);
      report(`read "${visible(path)}" again: ${count(keys, "key")}`);
      if (keys === 0) report(emptyWarning(values));
    } catch (error) {
      const words = visible(error instanceof Error ? error.message : String(error));
      report(`error: ${words}; the members are those of before`);
    }
  };
  return onReload(() => void reload());
}

/** Nobody writes an empty list to lock everybody out, though it does. */
function emptyWarning({ members = "", "password-file": password }: GateValues): string {
  const who = password === undefined ? "nobody gets in" : "all have to know the password";
  return `warning: there is no key in "${visible(members)}": ${who}`;
}

/** A list of members, and how many keys there are in it. */
async function readMembers(path: string): Promise<{ text: string; keys: number }> {
  const { parseMembers } = await import("../server.ts");
  try {
    const text = await Deno.readTextFile(path);
    return { text, keys: (await parseMembers(text)).size };
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof RangeError
      ? cause.message
      : String(cause);
    throw new Error(`Cannot read the members in "${path}": ${reason}`, { cause });
  }
}
