import os from "node:os";

/** The name of the account that runs this program; undefined if the system does not tell. */
export function loginName(): string | undefined {
  try {
    return os.userInfo().username || undefined;
  } catch {
    return undefined; // An account without an entry, as containers have: there is no name to find.
  }
}
