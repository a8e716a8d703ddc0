import { status } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { listRooms } from "../../room/room_list.ts";
import { serve } from "../../server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const LOOPBACK = "127.0.0.1:0";

Deno.test("listRooms() sorts rooms by members, then by name", () => {
  const names = ["a", "b", "c", "d", "e"];
  const { rooms, more } = listRooms(names, new Map([["e", 1], ["d", 2], ["c", 1]]));
  assertEquals(rooms.map(({ name, members }) => `${name}${members}`).join(), "d2,c1,e1,a0,b0");
  assertEquals(more, 0);
});

Deno.test("listRooms() lists a thousand, and counts the others", () => {
  const names = Array.from({ length: 1_500 }, (_, i) => `${i}`).sort();
  const some = listRooms(names, new Map([["77", 1]]));
  assertEquals([some.rooms.length, some.rooms[0]!.name, some.more], [1_000, "77", 500]);
  const full = listRooms(names, new Map(names.map((name) => [name, 1])));
  assertEquals([full.rooms.length, full.more], [1_000, 500]);
});

Deno.test("list_rooms returns all rooms and their members, including rooms in the store", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const options = { address: LOOPBACK, data: `${folder}/a.db` };
    {
      await using server = await serve(options);
      using peer = new Peer(server.address);
      const ann = await peer.join({ name: "ann", room: "old" });
      ann.post(["1", "here"]);
      await ann.until(({ acks }) => acks.size === 1);
      await peer.join({ name: "ann", room: "silent" }); // Nobody has ever posted there.
    }
    await using server = await serve(options);
    using peer = new Peer(server.address);
    await peer.join({ name: "ann", room: "two" });
    await peer.join({ name: "bob", room: "two" });
    await peer.join({ name: "eve", room: "none", unlisted: true });
    const ann = peer.session();
    ann.send({ join: { name: "ann", room: "one", client: "x".repeat(16) }, list_rooms: true });
    await ann.until(({ rooms }) => rooms.length === 1);
    const [{ rooms, more }] = ann.seen.rooms as [typeof ann.seen.rooms[0]];
    assertEquals(rooms.map(({ name, members }) => `${name} ${members}`), [
      "two 2",
      "one 1",
      "none 0",
      "old 0",
    ]);
    assertEquals(more, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("list_rooms returns the changes since the previous request", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  const list = async () => {
    const count = ann.seen.rooms.length;
    ann.send({ list_rooms: true });
    await ann.until(({ rooms }) => rooms.length > count);
    return ann.seen.rooms.at(-1)!.rooms.map(({ name, members }) => `${name} ${members}`);
  };
  assertEquals(await list(), ["lobby 1"]);
  await peer.join({ name: "bob" });
  await peer.join({ name: "cat", room: "dev", unlisted: true });
  assertEquals(await list(), ["lobby 2", "dev 0"]);
  const slip = peer.session();
  slip.send({ join: { name: "", room: "dve", client: "x".repeat(16), unlisted: true } });
  assertEquals(await slip.ended, { code: status.NOT_FOUND, details: 'There is no room "dve" yet' });
  assertEquals(await list(), ["lobby 2", "dev 0"]);
});

Deno.test("a room keeps the spelling that it was made with, over a restart", async () => {
  await using folder = await temporaryFolder();
  const options = { address: LOOPBACK, data: `${folder.path}/a.db` };
  const seenBy = async (name: string, room: string) => {
    await using server = await serve(options);
    using peer = new Peer(server.address);
    const session = await peer.join({ name, room });
    session.send({ posts: [{ id: `by ${name}`, message: "here" }], list_rooms: true });
    await session.until(({ acks, rooms }) => acks.size === 1 && rooms.length === 1);
    const [{ rooms }] = session.seen.rooms as [typeof session.seen.rooms[0]];
    return [session.seen.welcome!.room, rooms.map((room) => room.name)];
  };
  assertEquals(await seenBy("ann", "Dev"), ["Dev", ["Dev"]]);
  assertEquals(await seenBy("bob", "DEV"), ["Dev", ["Dev"]]);
});

Deno.test("a reader waits for a room until it is made, and does not make it", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const waiting = await peer.join({ name: "", room: "dev", unlisted: true, wait: true });
  assertEquals([waiting.seen.welcome!.awaited, waiting.seen.welcome!.head.seq], [true, 0]);
  const ann = await peer.join({ name: "ann" });
  ann.send({ list_rooms: true });
  await ann.until(({ rooms }) => rooms.length === 1);
  assertEquals(ann.seen.rooms[0]!.rooms.map(({ name }) => name), ["lobby"]);
  const bob = await peer.join({ name: "bob", room: "dev" });
  assertEquals([bob.seen.welcome!.awaited, bob.seen.welcome!.head], [
    false,
    waiting.seen.welcome!.head,
  ]);
  bob.post(["1", "here"]);
  await waiting.until(({ notes }) => notes.length === 1);
  assertEquals(waiting.seen.changes, ["+bob"]);
});

Deno.test("list_rooms answers each request once, even beyond the limit of concurrent ones", async () => {
  await using server = await serve({ address: LOOPBACK, maxInFlight: 3 });
  using peer = new Peer(server.address);
  const reader = await peer.join({ name: "", unlisted: true });
  for (let i = 0; i < 100; i++) reader.send({ list_rooms: true });
  reader.send({ posts: [{ id: "1", message: "x" }], list_rooms: true });
  reader.end();
  assertEquals((await reader.ended).code, status.OK);
  assertEquals(reader.seen.rooms.length, 101);
  assertEquals(new Set(reader.seen.rooms.map(({ rooms }) => rooms.length)), new Set([1]));
  assertEquals(reader.seen.refusals, ["1 3 A session without a name only reads"]);
});
