import { STATUS } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import type { NameUse } from "../../room/state/names.ts";
import type { RoomUse } from "../../room/state/rooms.ts";
import { admit, checkEntrant, type Entrant, firstFrame, readerOf } from "../access/admission.ts";
import { startOf } from "../access/check_join.ts";
import type { Subject } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import type { SessionOptions, SessionPeer } from "./peer.ts";
import { Session } from "./session.ts";

/**
 * Serves one peer in one room until it has said all and has all answers, or until the server says
 * goodbye. Refuses a peer that may not join, with the reason.
 */
export async function serveSession(peer: SessionPeer, options: SessionOptions): Promise<void> {
  let who: Subject = { address: peer.address };
  try {
    const { first, join } = await firstFrame(peer);
    who = { ...who, name: join.name, room: join.room };
    const entrant = await admit(peer, join, options);
    who = { ...who, key: entrant.key };
    checkMayBe(entrant, options);
    options.allowances.takeJoin(entrant);
    using place = await findRoom(entrant, options);
    const start = await startOf(join, place.room, readerOf(entrant));
    peer.signal.throwIfAborted();
    checkMayBe(entrant, options); // Once more: an operator may have been quicker.
    // No await from here until the session is entered: a refused peer must not keep the name.
    using name = nameOf(entrant, options);
    const session = new Session({ peer, room: place.room, entrant, name, start }, options);
    using _entered = session.enter();
    if (name && !name.isKept) await name.keep();
    await session.serve(first);
  } catch (error) {
    peer.refuse(statusOf(error, who, options));
  }
}

/** Checks that somebody may be here, and under the name that they want. */
function checkMayBe(entrant: Entrant, options: SessionOptions): void {
  const { name, key } = entrant;
  checkEntrant(entrant, options);
  if (name === "") return;
  options.names.check(name, key);
  // A muted person could say things by new names: they may only use one that is theirs already.
  const isTheirs = key !== undefined && options.names.findOwner(name) === key;
  if (!isTheirs) options.sanctions.check("mute", entrant);
}

/** Finds the room, or makes it. Neither readers without a name nor muted people make rooms. */
async function findRoom(entrant: Entrant, options: SessionOptions): Promise<RoomUse> {
  const { room, name } = entrant;
  const make = () => {
    options.sanctions.check("mute", entrant);
    options.allowances.takeRoom(room, entrant);
  };
  return await options.rooms.use(room, { create: name !== "" && make });
}

/**
 * Takes the name of a session into use. Undefined for a session that reserves none: one without a
 * name, or an unlisted one without a key.
 */
function nameOf(entrant: Entrant, { names, allowances }: SessionOptions): NameUse | undefined {
  const { name, key, unlisted } = entrant;
  if (name === "" || unlisted && key === undefined) return undefined;
  return names.use(name, { key, claim: () => allowances.takeName(name, entrant) });
}

/** The status for a peer that is not let in. One that came too soon gets a code to try again by. */
function statusOf(error: unknown, who: Subject, { report }: SessionOptions) {
  const status = refuse(error, who, report);
  const isTooSoon = error instanceof ChatError && error.code === "limited";
  return isTooSoon ? { ...status, code: STATUS.unavailable } : status;
}
