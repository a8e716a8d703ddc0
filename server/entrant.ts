import type { ClientFrame, JoinMessage } from "../proto/mod.ts";
import { ChatError } from "../room/errors.ts";
import type { Sanctions, Suspect } from "../room/sanctions.ts";
import { identify, type IdentityOptions, type Stranger } from "./identity.ts";
import { checkJoin } from "./join.ts";
import { networkOf } from "./network.ts";

/** Who has been let in: what they joined with; `key` is the fingerprint of the key that they have. */
export type Entrant = Omit<JoinMessage, "key"> & Suspect;

/** What it takes to be let in. */
export interface EntranceOptions extends IdentityOptions {
  /** Who must not be here. */
  readonly sanctions: Sanctions;
}

/**
 * Takes the first frame of somebody who wants to be let in.
 *
 * @throws {ChatError} `invalid`, if it is none that begins a session.
 */
export async function firstFrame(
  { frames }: Stranger,
): Promise<{ readonly first: ClientFrame; readonly join: JoinMessage }> {
  const { value: first } = await frames.next();
  if (!first?.join) throw new ChatError("invalid", "The first frame of a session must join a room");
  checkJoin(first.join);
  return { first, join: first.join };
}

/**
 * Lets somebody in who asks for it by `join`: once they have proven who they are.
 *
 * @throws {ChatError} `forbidden` or `unauthenticated`, if they may not; `invalid`, if they do
 * not answer.
 */
export async function admit(
  stranger: Stranger,
  join: JoinMessage,
  options: EntranceOptions,
): Promise<Entrant> {
  const key = await identify(stranger, join, options);
  const entrant = { ...join, key, network: networkOf(stranger.address) };
  options.sanctions.check("ban", entrant);
  return entrant;
}
