import { STATUS } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import type { NameUse } from "../../room/state/names.ts";
import type { RoomUse } from "../../room/state/rooms.ts";
import {
  admit,
  checkAdmission,
  type JoinRequest,
  readerIdentity,
  readJoin,
} from "../access/admission.ts";
import { startPosition } from "../access/check_join.ts";
import type { EventSubject } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import type { SessionOptions, SessionPeer } from "./peer.ts";
import { Session } from "./session.ts";

/**
 * Serves one peer in one room until it has said all and has all answers, or until the server says
 * goodbye. Refuses a peer that may not join, with the reason.
 */
export async function serveSession(peer: SessionPeer, options: SessionOptions): Promise<void> {
  let who: EventSubject = { address: peer.address };
  try {
    const { first, join } = await readJoin(peer);
    who = { ...who, name: join.name, room: join.room };
    const request = await admit(peer, join, options);
    who = { ...who, key: request.key };
    checkAllowed(request, options);
    options.rateLimits.consumeJoin(request);
    using place = await findRoom(request, options);
    const start = await startPosition(join, place.room, readerIdentity(request));
    peer.signal.throwIfAborted();
    checkAllowed(request, options); // Once more: an operator may have been quicker.
    // No await from here until the session is entered: a refused peer must not keep the name.
    using name = useName(request, options);
    const session = new Session({ peer, room: place.room, request, name, start }, options);
    using _entered = session.enter();
    if (name && !name.isKept) await name.keep();
    await session.serve(first);
  } catch (error) {
    peer.refuse(refusalStatus(error, who, options));
  }
}

/** Checks that somebody may be here, and under the name that they want. */
function checkAllowed(request: JoinRequest, options: SessionOptions): void {
  const { name, key } = request;
  checkAdmission(request, options);
  if (name === "") return;
  options.names.check(name, key);
  // A muted person could say things by new names: they may only use one that is theirs already.
  const isTheirs = key !== undefined && options.names.findOwner(name) === key;
  if (!isTheirs) options.sanctions.check("mute", request);
}

/** Finds the room, or makes it. Neither readers without a name nor muted people make rooms. */
async function findRoom(request: JoinRequest, options: SessionOptions): Promise<RoomUse> {
  const { room, name } = request;
  const make = () => {
    options.sanctions.check("mute", request);
    options.rateLimits.consumeRoom(room, request);
  };
  return await options.rooms.use(room, { create: name !== "" && make });
}

/**
 * Takes the name of a session into use. Undefined for a session that reserves none: one without a
 * name, or an unlisted one without a key.
 */
function useName(request: JoinRequest, { names, rateLimits }: SessionOptions): NameUse | undefined {
  const { name, key, unlisted } = request;
  if (name === "" || unlisted && key === undefined) return undefined;
  return names.use(name, { key, claim: () => rateLimits.consumeName(name, request) });
}

/** The status for a peer that is not let in. One that came too soon gets a code to try again by. */
function refusalStatus(error: unknown, who: EventSubject, { report }: SessionOptions) {
  const status = refuse(error, who, report);
  const isTooSoon = error instanceof ChatError && error.code === "limited";
  return isTooSoon ? { ...status, code: STATUS.unavailable } : status;
}
