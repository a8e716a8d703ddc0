import { DEFAULTS } from "../../../room/defaults.ts";
import { errorMessage } from "../../../room/errors.ts";
import type { ChatServer, ServeOptions } from "../../../server.ts";
import { readPassword } from "../../credentials/password_file.ts";
import { readText } from "../../credentials/read_text.ts";
import type { Context } from "../../framework/command.ts";
import { file, integer } from "../../framework/flag_kinds.ts";
import type { Values } from "../../framework/flags.ts";
import type { EventLog } from "./event_log.ts";

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
export async function readGate(
  values: GateValues,
): Promise<Pick<ServeOptions, "members" | "operators" | "password" | "maxNames" | "maxOwned">> {
  const { "password-file": password } = values;
  return {
    ...await readLists(values),
    ...(password !== undefined && { password: await readPassword(password) }),
    maxNames: values["max-names"],
    maxOwned: values["max-owned"],
  };
}

/** Has the lists read again whenever the program is asked to; if one is bad, nothing changes. */
export function reloadLists(
  server: ChatServer,
  values: GateValues,
  { log, onReload }: Pick<Context, "onReload"> & { readonly log: EventLog },
): Disposable {
  const files = [values.members, values.operators].filter((file) => file !== undefined);
  if (files.length === 0) return new DisposableStack();
  const reload = async () => {
    try {
      await server.setLists(await readLists(values));
      log.add("info", "reload", { files: files.join(" ") });
    } catch (error) {
      const reason = errorMessage(error);
      log.add("error", "reload", { reason, kept: "the lists of before" });
    }
  };
  return onReload(() => void reload());
}

/**
 * Reads the lists.
 *
 * @throws {Error} in words for a person, if a file cannot be read, or holds something else.
 */
async function readLists(
  { members, operators }: GateValues,
): Promise<Pick<ServeOptions, "members" | "operators">> {
  return {
    ...(members !== undefined && { members: await readMembers(members) }),
    ...(operators !== undefined && { operators: (await readList(operators)).text }),
  };
}

/** An empty list of members is a slip: nobody would get in. Of operators there may be none. */
async function readMembers(path: string): Promise<string> {
  const { text, keys } = await readList(path);
  if (keys === 0) throw new Error(`Cannot use "${path}": there is no key in it`);
  return text;
}

async function readList(path: string): Promise<{ readonly text: string; readonly keys: number }> {
  const text = await readText(path, "the keys");
  const { parseKeys } = await import("../../../server.ts"); // Not before it is needed, as in mod.ts.
  return { text, keys: (await parseKeys(text, `"${path}"`)).size };
}
