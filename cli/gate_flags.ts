import { DEFAULTS } from "../room/defaults.ts";
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
 * What the flags mean to the server.
 *
 * @throws {Error} in words for a person, if a file cannot be read.
 */
export async function gateOf(
  values: GateValues,
): Promise<Pick<ServeOptions, "members" | "password" | "maxNames" | "maxOwned">> {
  const { members, "password-file": password } = values;
  return {
    ...(members !== undefined && { members: await readMembers(members) }),
    ...(password !== undefined && { password: await readPassword(password) }),
    maxNames: values["max-names"],
    maxOwned: values["max-owned"],
  };
}

/** Has the list of members read again whenever the program is asked to; a bad one changes nothing. */
export function reloadMembers(
  server: ChatServer,
  { members }: GateValues,
  { output: { report }, onReload }: Context,
): Disposable {
  if (members === undefined) return new DisposableStack();
  const reload = async () => {
    try {
      await server.setMembers(await readMembers(members));
      report(`read "${visible(members)}" again`);
    } catch (error) {
      const words = visible(error instanceof Error ? error.message : String(error));
      report(`error: ${words}; the members are those of before`);
    }
  };
  return onReload(() => void reload());
}

async function readMembers(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : String(cause);
    throw new Error(`Cannot read the members in "${path}": ${reason}`, { cause });
  }
}
