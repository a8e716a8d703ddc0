import type { ClientFrame, JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import type { Principal } from "../../room/principal.ts";
import type { Sanctions } from "../../room/sanctions.ts";
import type { Peer } from "../peer.ts";
import type { JoinRequest } from "./authenticate.ts";
import { checkJoin } from "./check_join.ts";
import type { Authentication, Gate } from "./gate.ts";

/**
 * Reads the first frame of a peer.
 *
 * @throws {ChatError} `invalid`, if it does not begin a session.
 */
export async function readJoin(
  { frames }: Peer,
): Promise<{ readonly first: ClientFrame; readonly join: JoinMessage }> {
  const { value: first } = await frames.next();
  if (!first?.join) throw new ChatError("invalid", "The first frame of a session must join a room");
  checkJoin(first.join);
  return { first, join: first.join };
}

/**
 * Checks that a session may be here: lists and bans may have changed since its authentication.
 *
 * @throws {ChatError} `forbidden`, if it may not.
 */
export function checkAdmission(
  principal: Principal & Authentication,
  { gate, sanctions }: { readonly gate: Gate; readonly sanctions: Sanctions },
): void {
  sanctions.check("ban", principal);
  if (gate.admits(principal)) return;
  throw notListedError();
}

/**
 * The identity whose private notes a peer may read from history: its key, unless it only reads and
 * has no name. Guests can read none.
 */
export function readerIdentity(
  { name, key }: Pick<JoinRequest, "name" | "key">,
): string | undefined {
  return name === "" ? undefined : key;
}

/** The reason that ends a session whose key was removed from the lists. Everyone in the room sees it. */
export function notListedError(): ChatError {
  return new ChatError("forbidden", "removed from this server's list of keys");
}
