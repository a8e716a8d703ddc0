import { assertEquals, assertThrows } from "@std/assert";
import { ChatError } from "../../../room/errors.ts";
import { UNIX } from "../../../room/network.ts";
import { KnownRooms } from "../../../room/state/known_rooms.ts";

const HERE = { network: "192.0.2.1" };

Deno.test("KnownRooms spell rooms as their creators did, but the lobby always alike", () => {
  const rooms = new KnownRooms({ maxRooms: 9 });
  rooms.addStored("lobby", "LOBBY");
  rooms.addStored("ops", "Ops");
  rooms.addAwaited("dev", "Dev", HERE);
  assertEquals(["lobby", "ops", "dev", "art"].map((key) => rooms.spelling(key)), [
    ...["lobby", "Ops", "Dev", "art"],
  ]);
  assertEquals([rooms.sorted, rooms.size, rooms.has("dev")], [["lobby", "Ops"], 2, false]);
  rooms.add("dev", "DEV");
  assertEquals([rooms.sorted, rooms.isStored("dev")], [["DEV", "lobby", "Ops"], false]);
  rooms.remove("ops");
  assertEquals([rooms.sorted, rooms.isStored("ops")], [["DEV", "lobby"], false]);
});

Deno.test("KnownRooms bound the rooms besides the lobby", () => {
  const rooms = new KnownRooms({ maxRooms: 2 });
  rooms.add("lobby", "lobby");
  for (const name of ["a", "b"]) {
    rooms.checkNew(name);
    rooms.add(name, name);
  }
  const words = 'Cannot create room "c": there are 2 already';
  assertThrows(() => rooms.checkNew("c"), ChatError, words);
});

Deno.test("KnownRooms bound the rooms that readers wait for, in all and in a network", () => {
  const rooms = new KnownRooms({ maxRooms: 150 });
  for (let i = 0; i < 100; i++) rooms.addAwaited(`a${i}`, `a${i}`, HERE);
  rooms.addAwaited("a1", "a1", HERE); // Somebody waits for it already.
  const here = 'Cannot wait for room "x": readers in your network wait for 100 other rooms already';
  assertThrows(() => rooms.addAwaited("x", "x", HERE), ChatError, here);
  rooms.add("a0", "a0"); // Somebody has made it.
  rooms.remove("a1");
  for (const name of ["y", "z"]) rooms.addAwaited(name, name, HERE);
  assertThrows(() => rooms.addAwaited("x", "x", HERE), ChatError, here);
  for (let i = 0; i < 50; i++) rooms.addAwaited(`u${i}`, `u${i}`, { network: UNIX });
  const all = 'Cannot wait for room "x": readers wait for 150 other rooms already';
  assertThrows(() => rooms.addAwaited("x", "x", { network: "192.0.2.2" }), ChatError, all);
  const large = new KnownRooms({ maxRooms: 1_000 });
  for (let i = 0; i < 200; i++) large.addAwaited(`u${i}`, `u${i}`, { network: UNIX });
});
