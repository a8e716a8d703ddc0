import type { JoinMessage } from "../proto/mod.ts";
import { admit, firstFrame } from "./entrant.ts";
import { startOf } from "./join.ts";
import { Session } from "./session.ts";
import type { SessionOptions, SessionPeer } from "./session_peer.ts";
import { refuse } from "./status.ts";

/**
 * Serves one peer in one room until it has said all and been answered, or until it has been
 * told goodbye; if it is not let in, it is told that.
 */
export async function serveSession(peer: SessionPeer, options: SessionOptions): Promise<void> {
  let asked: JoinMessage | undefined;
  try {
    const { first, join } = await firstFrame(peer);
    asked = join;
    const entrant = await admit(peer, join, options);
    using _name = join.name === "" ? undefined : await options.names.use(join.name, entrant.key);
    // Who only reads makes no rooms: a slip would leave one behind, and they are bounded.
    const room = await options.rooms.get(join.room, { make: join.name !== "" });
    const start = await startOf(join, room);
    peer.signal.throwIfAborted();
    const session = new Session(peer, room, entrant, start, options);
    session.enter();
    await session.run(first);
  } catch (error) {
    const { name, room } = asked ?? {};
    peer.refuse(refuse(error, { name, room, address: peer.address }, options.report));
  }
}
