import { errorMessage } from "../../../room/errors.ts";
import type { ChatServer, ServeOptions } from "../../../server.ts";
import { readPassword } from "../../credentials/password_file.ts";
import { readText } from "../../credentials/read_text.ts";
import type { Context } from "../../framework/command.ts";
import { file } from "../../framework/flag_kinds.ts";
import { inGroup, type Values } from "../../framework/flags.ts";
import type { EventLog } from "./event_log.ts";

/** The flags for who may join. */
export const accessFlags = inGroup("Access", {
  members: file({
    value: "FILE",
    help: "keys that may join, one per line; read again on SIGHUP",
    fallbackHelp: "everyone may",
  }),
  operators: file({
    value: "FILE",
    help: "keys of users who may moderate (/kick, /mute, /ban); read again on SIGHUP",
    fallbackHelp: "none",
  }),
  "password-file": file({
    value: "FILE",
    help: "password that everyone but members needs to join",
    fallbackHelp: "none",
  }),
});

type AccessValues = Values<typeof accessFlags>;

/**
 * Reads the files that the flags name, as options of the server.
 *
 * @throws {Error} in words for a person, if a file cannot be read or is not valid.
 */
export async function readAccess(
  values: AccessValues,
): Promise<Pick<ServeOptions, "members" | "operators" | "password">> {
  const { "password-file": password } = values;
  return {
    ...await readLists(values),
    ...(password !== undefined && { password: await readPassword(password) }),
  };
}

/**
 * Reads the lists again whenever the program is asked to reload; if one is not valid, nothing
 * changes.
 */
export function reloadLists(
  server: ChatServer,
  values: AccessValues,
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
 * @throws {Error} in words for a person, if a file cannot be read or is not valid.
 */
async function readLists(
  { members, operators }: AccessValues,
): Promise<Pick<ServeOptions, "members" | "operators">> {
  return {
    ...(members !== undefined && { members: await readMembers(members) }),
    ...(operators !== undefined && { operators: (await readList(operators)).text }),
  };
}

/** An empty list of members is a mistake: nobody could join. A list of operators may be empty. */
async function readMembers(path: string): Promise<string> {
  const { text, keys } = await readList(path);
  if (keys === 0) throw new Error(`Cannot use "${path}": there is no key in it`);
  return text;
}

async function readList(path: string): Promise<{ readonly text: string; readonly keys: number }> {
  const text = await readText(path, "the keys");
  const { parseKeys } = await import("../../../server.ts"); // Loaded when needed, as in mod.ts.
  return { text, keys: (await parseKeys(text, `"${path}"`)).size };
}
