import { STATUS } from "../../proto/status.ts";
import { ChatError } from "../../room/errors.ts";
import { isPostId } from "../../room/note.ts";
import type { NameUse } from "../../room/state/name_use.ts";
import type { RoomUse } from "../../room/state/rooms.ts";
import type { ClientFrame } from "../../proto/mod.ts";
import { checkAdmission, readerIdentity, readJoin } from "../access/admission.ts";
import { authenticate, type JoinRequest } from "../access/authenticate.ts";
import type { EventSubject } from "../events/event.ts";
import { refuse } from "../events/refusal.ts";
import type { Peer } from "../peer.ts";
import { encode } from "../server_frame.ts";
import type { ChatServices } from "./services.ts";
import { Session } from "./session.ts";
import { startPosition } from "./start_position.ts";

/** A session that has joined. */
interface Joined {
  readonly session: Session;
  /** Leaves the room when disposed. */
  readonly stay: Disposable;
}

/**
 * Serves one peer in one room until it has ended its side and received all answers, or until the
 * server ends the session. Refuses a peer that may not join, with the reason.
 */
export async function serveSession(peer: Peer, services: ChatServices): Promise<void> {
  // A function of its own: what a join needs is not kept during the session.
  const joined = await join(peer, services);
  if (!joined) return;
  try {
    await joined.session.serve();
  } finally {
    joined.stay[Symbol.dispose]();
  }
}

/** Lets a peer join the room it asks for. Returns undefined if it was refused. */
async function join(peer: Peer, services: ChatServices): Promise<Joined | undefined> {
  let who: EventSubject = { address: peer.address };
  let admitted: Admitted | undefined;
  try {
    using stack = new DisposableStack();
    services.availability.check();
    const { first, join } = await readJoin(peer);
    who = { ...who, name: join.name, room: join.room };
    const request = await authenticate(peer, join, services);
    who = { ...who, key: request.key };
    checkAdmission(request, services);
    admitted = { request, posts: first.posts };
    checkAllowed(request, services);
    services.rateLimits.consumeJoin(request);
    const { room } = stack.use(await findRoom(request, services));
    const start = await startPosition(join, room, readerIdentity(request), peer.signal);
    peer.signal.throwIfAborted();
    checkAllowed(request, services); // Again: lists or bans may have changed.
    // No await from here until the session is entered, unless several servers must agree on that:
    // a refused peer must not keep the name.
    const name = stack.use(useName(request, services));
    const session = new Session({ peer, room, request, first, name, start }, services);
    const entering = session.enter(() => {
      peer.signal.throwIfAborted();
      checkAllowed(request, services);
    });
    stack.use(entering instanceof Promise ? await entering : entering);
    if (name && !name.isKept) await name.keep();
    return { session, stay: stack.move() };
  } catch (error) {
    // It is left out if that cannot be found out: the peer is refused in any case.
    if (admitted) await acknowledgeStored(peer, admitted, services).catch(() => {});
    peer.refuse(refusalStatus(error, who, services));
    return undefined;
  }
}

/** A peer that is neither banned nor a stranger, with the posts in its first frame. */
interface Admitted {
  readonly request: JoinRequest;
  readonly posts: ClientFrame["posts"];
}

/**
 * Acknowledges the posts in the first frame of a peer that may not join, if their notes are stored:
 * the peer sends them again because it never got the answers.
 */
async function acknowledgeStored(
  peer: Peer,
  { request, posts }: Admitted,
  { rooms }: ChatServices,
): Promise<void> {
  const { name, room } = request;
  const author = readerIdentity(request);
  const sent = posts.filter(({ id }) => isPostId(id)).map(({ id }) => (
    author === undefined ? { id, name } : { id, name, author, verified: true }
  ));
  if (sent.length === 0) return;
  using place = await rooms.use(room, "refuse");
  const seqs = await place.room.findPosted(sent);
  const acks = sent.flatMap(({ id }, i) => seqs[i] === undefined ? [] : [{ id, seq: seqs[i] }]);
  if (acks.length > 0) await peer.write(encode({ acks }), peer.signal);
}

/** Checks that a peer may join, and under the name it asks for. */
function checkAllowed(request: JoinRequest, services: ChatServices): void {
  const { name, key } = request;
  services.availability.check();
  checkAdmission(request, services);
  if (name === "") return;
  services.names.check(name, key);
  // A muted peer could post under new names, so it may only use a name that its key owns.
  const isOwn = key !== undefined && services.names.findOwner(name) === key;
  if (!isOwn) services.sanctions.check("mute", request);
}

/** Finds or creates the room. Readers without a name and muted people cannot create rooms. */
async function findRoom(request: JoinRequest, services: ChatServices): Promise<RoomUse> {
  const { room, name, wait, network } = request;
  const create = () => {
    services.sanctions.check("mute", request);
    services.rateLimits.consumeRoom(room, request);
  };
  return await services.rooms.use(room, name !== "" ? create : wait ? { network } : "refuse");
}

/**
 * Reserves the name of a session. Returns undefined for a session that reserves none: one without a
 * name, or an unlisted one without a key.
 */
function useName(request: JoinRequest, { names, rateLimits }: ChatServices): NameUse | undefined {
  const { name, key, unlisted } = request;
  if (name === "" || unlisted && key === undefined) return undefined;
  return names.use(name, { key, claim: () => rateLimits.consumeName(name, request) });
}

/**
 * Returns the status for a refused peer. A rate-limited peer gets a code that means "try again".
 */
function refusalStatus(error: unknown, who: EventSubject, { report }: ChatServices) {
  const status = refuse(error, who, report);
  const isTooSoon = error instanceof ChatError && error.code === "limited";
  return isTooSoon ? { ...status, code: STATUS.unavailable } : status;
}
