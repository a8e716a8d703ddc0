import os from "node:os";
import { ChatError } from "../../room/errors.ts";
import { checkName } from "../../room/note.ts";
import { UsageError } from "../framework/exit.ts";

/**
 * The name of the account that runs this program, to speak under.
 *
 * @throws {UsageError} if the system does not tell it, or if it cannot stand beside a note.
 */
export function loginName(): string {
  const name = accountName();
  if (!name) throw new UsageError("There is no login name: give one with --name");
  try {
    checkName(name);
  } catch (error) {
    const reason = error instanceof ChatError ? error.message : String(error);
    throw new UsageError(`The login name does not do (${reason}): give one with --name`);
  }
  return name;
}

function accountName(): string | undefined {
  try {
    return os.userInfo().username;
  } catch {
    return undefined; // An account without an entry, as containers have: there is no name to find.
  }
}
