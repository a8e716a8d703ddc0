import { admit, checkEntrant, firstFrame, readerOf } from "./entrant.ts";
import type { Subject } from "./event.ts";
import { startOf } from "./join.ts";
import { Session } from "./session.ts";
import type { SessionOptions, SessionPeer } from "./session_peer.ts";
import { refuse } from "./status.ts";

/**
 * Serves one peer in one room until it has said all and been answered, or until it has been
 * told goodbye; if it is not let in, it is told that.
 */
export async function serveSession(peer: SessionPeer, options: SessionOptions): Promise<void> {
  let who: Subject = { address: peer.address };
  try {
    const { first, join } = await firstFrame(peer);
    who = { ...who, name: join.name, room: join.room };
    const entrant = await admit(peer, join, options);
    const { key } = entrant;
    who = { ...who, key };
    checkEntrant(entrant, options);
    // Who must not speak says nothing by new names either.
    if (key !== undefined && options.names.ownerOf(join.name) !== key) {
      options.sanctions.check("mute", entrant);
    }
    using _name = join.name === "" ? undefined : await options.names.use(join.name, key);
    // Who only reads makes no rooms: a slip would leave one behind, and they are bounded.
    const room = await options.rooms.get(join.room, { make: join.name !== "" });
    const start = await startOf(join, room, readerOf(entrant));
    peer.signal.throwIfAborted();
    checkEntrant(entrant, options); // Once more: an operator may have been quicker.
    await new Session(peer, room, entrant, start, options).run(first);
  } catch (error) {
    peer.refuse(refuse(error, who, options.report));
  }
}
