import type { Purpose } from "../../proto/identity/proof.ts";
import type { ClientFrame, JoinMessage } from "../../proto/mod.ts";
import { ChatError } from "../../room/errors.ts";
import { toNetwork } from "../../room/network.ts";
import type { Principal, Sanctions } from "../../room/sanctions.ts";
import { authenticate, type AuthenticateOptions, type Peer } from "./authenticate.ts";
import { checkJoin } from "./check_join.ts";
import type { Gate } from "./gate.ts";

/**
 * Somebody who has proven who they are, and what they joined with; `key` is the fingerprint of
 * the key that they have.
 */
export interface JoinRequest extends Omit<JoinMessage, "key">, Principal {
  /** Whether they have said the password. */
  readonly knowsPassword: boolean;
}

/**
 * Takes the first frame of somebody who wants to be let in.
 *
 * @throws {ChatError} `invalid`, if it is none that begins a session.
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
 * Has somebody who asks to be let in by `join` prove who they are. Whether they may stay is
 * another question: see {@linkcode checkAdmission}.
 *
 * @throws {ChatError} `forbidden` or `unauthenticated`, if they cannot prove it, or do not get in
 * whoever they are; `invalid`, if they do not answer.
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
 * Checks that somebody may be here: lists and bans may have changed since they were let in.
 *
 * @throws {ChatError} `forbidden`, if they may not.
 */
export function checkAdmission(
  principal: Principal & Pick<JoinRequest, "knowsPassword">,
  { gate, sanctions }: { readonly gate: Gate; readonly sanctions: Sanctions },
): void {
  sanctions.check("ban", principal);
  if (gate.admits(principal)) return;
  throw notListedError();
}

/**
 * Whose whispers an entrant may see from history: those of their key, unless they only read
 * without a name. Guests see none.
 */
export function readerIdentity(
  { name, key }: Pick<JoinRequest, "name" | "key">,
): string | undefined {
  return name === "" ? undefined : key;
}

/** The reason that ends a session whose key the lists no longer let in. */
export function notListedError(): ChatError {
  return new ChatError("forbidden", "Your key is no longer on this server's list");
}
