import type { JoinMessage } from "../proto/mod.ts";
import { ChatError } from "../room/errors.ts";
import { identify } from "./identity.ts";
import { checkJoin, startOf } from "./join.ts";
import { networkOf } from "./network.ts";
import { Session } from "./session.ts";
import type { SessionOptions, SessionPeer } from "./session_peer.ts";
import { refuse } from "./status.ts";

/**
 * Serves one peer in one room until it has said all and been answered, or until it has been
 * told goodbye; if it is not let in, it is told that.
 */
export async function serveSession(peer: SessionPeer, options: SessionOptions): Promise<void> {
  let join: JoinMessage | undefined;
  try {
    const { value: first } = await peer.frames.next();
    join = first?.join ?? undefined;
    if (!first || !join) {
      throw new ChatError("invalid", "The first frame of a session must join a room");
    }
    checkJoin(join);
    const key = await identify(peer, join, options);
    const entrant = { ...join, key, network: networkOf(peer.address) };
    options.sanctions.check("ban", entrant);
    using _name = join.name === "" ? undefined : await options.names.use(join.name, key);
    // Who only reads makes no rooms: a slip would leave one behind, and they are bounded.
    const room = await options.rooms.get(join.room, { make: join.name !== "" });
    const start = await startOf(join, room);
    peer.signal.throwIfAborted();
    const session = new Session(peer, room, entrant, start, options);
    session.enter();
    await session.run(first);
  } catch (error) {
    const { name, room } = join ?? {};
    peer.refuse(refuse(error, { name, room, address: peer.address }, options.report));
  }
}
