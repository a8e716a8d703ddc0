import { DEFAULTS } from "../room/defaults.ts";
import type { ChatServer, ServeOptions } from "../server.ts";
import type { Context } from "./command.ts";
import type { EventLog } from "./event_log.ts";
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
  operators: file({
    value: "FILE",
    help: "keys of those who may /kick, /mute and /ban; read again on SIGHUP",
    fallbackHelp: "nobody",
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
 * @throws {Error} in words for a person, if a file cannot be read, or holds something else.
 */
export async function gateOf(
  values: GateValues,
): Promise<Pick<ServeOptions, "members" | "operators" | "password" | "maxNames" | "maxOwned">> {
  const { members, operators, "password-file": password } = values;
  return {
    ...(members !== undefined && { members: (await readList(members)).text }),
    ...(operators !== undefined && { operators: (await readList(operators)).text }),
    ...(password !== undefined && { password: await readPassword(password) }),
    maxNames: values["max-names"],
    maxOwned: values["max-owned"],
  };
}

/** Has the lists read again whenever the program is asked to; a bad one changes nothing. */
export function reloadLists(
  server: ChatServer,
  { members, operators }: GateValues,
  { log, onReload }: Pick<Context, "onReload"> & { readonly log: EventLog },
): Disposable {
  if (members === undefined && operators === undefined) return new DisposableStack();
  const reload = async (file: string | undefined, set: (list: string) => Promise<void>) => {
    if (file === undefined) return;
    try {
      const { text, keys } = await readList(file);
      await set(text);
      log.add("info", "reload", { file, keys });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.add("error", "reload", { file, reason, kept: "the list of before" });
    }
  };
  return onReload(() => {
    void reload(members, server.setMembers);
    void reload(operators, server.setOperators);
  });
}

/** A list of keys, and how many there are on it. An empty one is a slip: it would let nobody in. */
async function readList(path: string): Promise<{ readonly text: string; readonly keys: number }> {
  const text = await Deno.readTextFile(path).catch((cause) => {
    const reason = cause instanceof Deno.errors.NotFound ? "there is no such file" : String(cause);
    throw new Error(`Cannot read the keys in "${path}": ${reason}`, { cause });
  });
  const { parseKeys } = await import("../server.ts"); // Not before it is needed, as in mod.ts.
  const { size: keys } = await parseKeys(text, `"${path}"`);
  if (keys === 0) throw new Error(`Cannot use "${path}": there is no key in it`);
  return { text, keys };
}
