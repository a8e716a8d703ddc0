import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../../room/errors.ts";
import { people } from "../../../support/people.ts";
import { note, notes } from "./chat_events.ts";
import { bob, FakeServer } from "./fake_server.ts";

Deno.test("OpenRooms changes the name in all rooms", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server);
  await frontEnd.handle("/nick robert");
  const names = () => frontEnd.openRooms.map(({ transcript }) => transcript.name);
  await until(() => names().every((name) => name === "robert"));
  assertEquals(shown, ["-- you are now robert --"]);
  frontEnd.leave();
  await ended;
});

Deno.test("OpenRooms joins no room under a former name", async () => {
  const server = new FakeServer();
  const { frontEnd, until, ended } = await bob(server);
  const answered = Promise.withResolvers<void>();
  server.moving = answered.promise;
  const renamed = frontEnd.handle("/nick robert");
  const joined = frontEnd.handle("/join art");
  answered.resolve();
  await Promise.all([renamed, joined]);
  await until(() => frontEnd.current.room === "art" && frontEnd.connected);
  assertEquals(frontEnd.transcript.name, "robert");
  frontEnd.leave();
  await ended;
});

Deno.test("OpenRooms joins no more rooms of the start once the person leaves", async () => {
  const server = new FakeServer();
  const arrives = Promise.withResolvers<void>();
  server.arriving = arrives.promise;
  const seen = {
    read: () => (frontEnd.leave(), Promise.resolve(undefined)), // The join of dev begins with it.
    write: () => Promise.resolve(),
  };
  const { frontEnd, ended } = await bob(server, { seen });
  arrives.resolve();
  await ended;
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([server.opened, frontEnd.roomsToOpen], [["dev"], ["dev", "ops"]]);
});

Deno.test("OpenRooms takes the former name again in all rooms if one refuses the new one", async () => {
  const server = new FakeServer();
  server.refused.set("ops", "robert");
  const { frontEnd, shown, until, ended } = await bob(server);
  await frontEnd.handle("/nick robert");
  assertEquals(server.moves.slice(0, 3), ["lobby: robert", "dev: robert", "ops: robert"]);
  assertEquals(server.moves.slice(3), ["lobby: bob", "dev: bob"]);
  await until(() => frontEnd.openRooms.every(({ transcript }) => transcript.name === "bob"));
  assertEquals(shown.at(-1), '-- /nick: in ops: name "robert" is taken --');
  server.refused.set("dev", "bob");
  await frontEnd.handle("/nick robert");
  assertEquals(
    shown.at(-1),
    '-- /nick: in ops: name "robert" is taken; you keep the new name in dev --',
  );
  frontEnd.leave();
  await ended;
});

Deno.test("OpenRooms closes rooms that end, and ends with the last one", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server);
  server.report("dev", notes(note(1), note(2, { message: "bob?" })));
  await until(() => frontEnd.openRooms[1]!.missed.notes === 2);
  assertEquals(shown, ["-- dev: ann mentions you --"]);
  server.report("lobby", new ChatError("forbidden", "enough"));
  await until(() => frontEnd.openRooms.length === 2);
  assertEquals(shown.slice(1).filter((row) => !row.startsWith("──")), [
    "in dev",
    "[ann] note 1",
    "[ann] bob?",
    "-- lobby is closed: enough --",
  ]);
  server.report("ops", new ChatError("forbidden", "enough"));
  await until(() => frontEnd.openRooms.length === 1);
  server.report("dev", new ChatError("forbidden", "enough"));
  await assertRejects(() => ended, ChatError, "enough");
});

Deno.test("OpenRooms shows what a search finds in the room that was searched", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, ended } = await bob(server);
  const searched = frontEnd.handle("/search note");
  await frontEnd.handle("/room dev");
  shown.length = 0;
  server.found.resolve(note(7));
  await searched;
  assertEquals(shown, []);
  await frontEnd.handle("/room lobby");
  assertEquals(shown.filter((row) => !row.startsWith("──")), [
    "in lobby",
    "#7 [ann] note 7",
    "-- 1 note found; /history #SEQ shows what was around one --",
  ]);
  frontEnd.leave();
  await ended;
});

Deno.test("OpenRooms says what was sent in another room, unless that is in view by then", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server);
  server.report("dev", { type: "joined", ...people(["ann"])[0]! });
  await until(() => frontEnd.openRooms[1]!.transcript.members.length === 2);
  await frontEnd.handle("/msg ann one");
  assertEquals(shown, ["-- sent to ann only in dev: one --"]);
  const accepted = Promise.withResolvers<void>();
  server.saying = accepted.promise;
  const said = frontEnd.handle("/msg ann two");
  await frontEnd.handle("/room dev");
  accepted.resolve();
  await said;
  assertEquals(shown.filter((row) => row.includes("sent")).length, 1);
  frontEnd.leave();
  await ended;
});
