import os from "node:os";
import { ChatError } from "../../room/errors.ts";
import { checkName } from "../../room/note.ts";
import { UsageError } from "../framework/exit.ts";

/**
 * The name of the account that runs this program, as the default name.
 *
 * @throws {UsageError} if the system does not report it, or it is not a valid name.
 */
export function loginName(): string {
  const name = accountName();
  if (!name) throw new UsageError("You have no login name: give one with --name");
  try {
    checkName(name);
  } catch (error) {
    const reason = error instanceof ChatError ? error.message : String(error);
    throw new UsageError(`Your login name is not usable (${reason}): give one with --name`);
  }
  return name;
}

function accountName(): string | undefined {
  try {
    return os.userInfo().username;
  } catch {
    return undefined; // An account without an entry, as in containers, has no name.
  }
}
