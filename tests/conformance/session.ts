/**
 * A session as a client in any language has it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type ClientDuplexStream, status } from "@grpc/grpc-js";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { chatServer, type ClientFrameInit, type ServerFrame } from "../../proto/mod.ts";
import { type Peer, RawSession } from "../support/wire/grpc_peer.ts";
import type { Player } from "./players.ts";

const { Session } = chatServer;

/** A secret of a client. */
const CLIENT = "the client of ann";

/** A session that a player has, as one of grpc-js. */
function openSession(player: Player): RawSession {
  const call = player.open(Session.path);
  const events = new EventEmitter();
  void (async () => {
    for await (const bytes of call.received()) {
      events.emit("data", Session.responseDeserialize(Buffer.from(bytes)));
    }
    events.emit("status", await call.ended);
    events.emit("end");
  })();
  return new RawSession(
    Object.assign(events, {
      write: (frame: ClientFrameInit) => call.send(Session.requestSerialize(frame)),
      end: () => call.end(),
      cancel: () => call.cancel(),
    }) as unknown as ClientDuplexStream<ClientFrameInit | Buffer, ServerFrame>,
  );
}

/**
 * Plays a session in a room, while `peer` is in it too: joins, posts, receives, is cut, resumes, is
 * replaced, says goodbye, and is refused.
 */
export async function playSession(player: Player, peer: Peer, room: string): Promise<void> {
  const bob = await peer.join({ name: "bob", room });
  const ann = openSession(player);
  ann.send({ join: { name: "ann", room, client: CLIENT } });
  await ann.until(({ welcome }) => welcome !== undefined);
  await bob.until(({ changes }) => changes.includes("+ann"));
  ann.post(["1", "one"], ["2", "둘"]);
  bob.post(["1", "three"]);
  await ann.until(({ acks, notes }) => acks.size === 2 && notes.length === 3);
  await bob.until(({ notes }) => notes.length === 3);
  assertEquals(ann.seen.notes, bob.seen.notes);

  // The connection stays, so only the call can tell that she is gone.
  ann.cancel();
  assertEquals((await ann.ended).code, status.CANCELLED);
  await bob.until(({ changes }) => changes.some((change) => change.startsWith("-ann")));
  bob.post(["2", "four"], ["3", "five"]);
  await bob.until(({ notes }) => notes.length === 5);

  const { history } = ann.seen.welcome!.head;
  const after = { history, seq: 3 };
  const again = openSession(player);
  again.send({ join: { name: "ann", room, client: CLIENT, attempt: 1, after } });
  again.post(["2", "둘"], ["3", "six"]); // The first of them is stored already.
  await again.until(({ acks, notes }) => acks.size === 2 && notes.length === 3);
  assertEquals(again.seen.notes.map(({ message }) => message), ["four", "five", "six"]);
  assertEquals([...again.seen.acks], [["2", ann.seen.acks.get("2")], ["3", 6]]);

  const newest = openSession(player);
  newest.send({ join: { name: "ann", room, client: CLIENT, attempt: 2, last: 1 } });
  await newest.until(({ notes }) => notes.length === 1);
  assertEquals((await again.ended).code, status.OK);
  assertEquals(Number(again.seen.goodbye?.split(" ")[0]), status.ABORTED);

  newest.post(["4", "bye"]);
  newest.end();
  assertEquals((await newest.ended).code, status.OK);
  assertEquals([...newest.seen.acks], [["4", 7]]);
  await bob.until(({ notes }) => notes.at(-1)?.message === "bye");

  const refused = openSession(player);
  refused.send({ join: { name: "bob", room, client: CLIENT } });
  assertEquals((await refused.ended).code, status.ALREADY_EXISTS);
  bob.end();
  assertEquals((await bob.ended).code, status.OK);
}
