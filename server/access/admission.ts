import type { Purpose } from "../../proto/identity/proof.ts";
import type { ClientFrame, JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { toNetwork } from "../../room/network.ts";
import type { Principal } from "../../room/principal.ts";
import type { Sanctions } from "../../room/sanctions.ts";
import type { Peer } from "../peer.ts";
import { authenticate, type AuthenticateOptions } from "./authenticate.ts";
import { checkJoin } from "./check_join.ts";
import type { Authentication, Gate } from "./gate.ts";

/** A join whose sender has been authenticated. `key` is the fingerprint of the proven key. */
export interface JoinRequest extends Omit<JoinMessage, "key">, Principal, Authentication {}

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
 * Authenticates a peer that asks to join. Whether it may stay is another question: see
 * {@linkcode checkAdmission}.
 *
 * @throws {ChatError} `forbidden` or `unauthenticated`, if authentication fails or could not admit
 * the peer in any case; `invalid`, if the peer does not answer the challenge.
 */
export async function admit(
  peer: Peer,
  join: JoinMessage,
  options: AuthenticateOptions,
  purpose: Purpose = "session",
): Promise<JoinRequest> {
  const authentication = await authenticate(peer, join, options, purpose);
  return { ...join, ...authentication, network: toNetwork(peer.address) };
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
