import { assertEquals } from "@std/assert";
import type { ReadMarker } from "../../../../client/profile/read_markers.ts";
import { ChatError } from "../../../../room/errors.ts";
import { people } from "../../../support/people.ts";
import { lost, note, notes } from "./chat_events.ts";
import { bob, FakeServer } from "./fake_server.ts";

Deno.test("the other rooms of the start open once the first is connected, and one that refuses is a line", async () => {
  const server = new FakeServer();
  const arrives = Promise.withResolvers<void>();
  server.arriving = arrives.promise;
  server.closed.add("dev");
  const { frontEnd, shown, ended, arrived } = await bob(server);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(server.opened, []);
  arrives.resolve();
  await arrived;
  assertEquals(server.opened, ["dev", "ops"]);
  assertEquals(shown.at(-1), "-- cannot join dev: there are too many rooms --");
  frontEnd.leave();
  await ended;
});

Deno.test("/join shows the first of several rooms, and opens none twice", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, ended } = await bob(server);
  await frontEnd.handle("/join lobby");
  assertEquals(shown, ["-- you are already in lobby --"]);
  await frontEnd.handle("/join dev");
  assertEquals([frontEnd.current.room, frontEnd.openRooms.length], ["dev", 3]);
  await frontEnd.handle("/room lobby");
  await frontEnd.handle("/join lobby,dev"); // The first one is in view.
  assertEquals(frontEnd.current.room, "lobby");
  await frontEnd.handle("/join art,bar");
  assertEquals([frontEnd.current.room, frontEnd.openRooms.length], ["art", 5]);
  assertEquals(server.opened, ["dev", "ops", "art", "bar"]);
  for (const [number, room] of [[1, "lobby"], [5, "bar"], [6, "bar"]] as const) {
    frontEnd.viewNumber(number);
    assertEquals(frontEnd.current.room, room);
  }
  frontEnd.leave();
  await ended;
});

Deno.test("/join does not take the view from a room that was chosen since, and waits for no second one", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server);
  const opens = Promise.withResolvers<void>();
  server.opening = opens.promise;
  const joined = frontEnd.handle("/join art");
  await frontEnd.handle("/join Art");
  assertEquals(shown, ['-- /join: The join of room "Art" is still under way --']);
  await frontEnd.handle("/room ops");
  opens.resolve();
  await joined;
  await until(() => frontEnd.openRooms.length === 4 && frontEnd.openRooms[3]!.connected);
  assertEquals(frontEnd.current.room, "ops");
  frontEnd.leave();
  await ended;
});

Deno.test("/join can be tried again after a refusal, and opens at most 32 rooms", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server);
  server.closed.add("art");
  await frontEnd.handle("/join art");
  assertEquals(shown, ["-- /join: there are too many rooms --"]);
  server.closed.clear();
  await frontEnd.handle("/join art");
  assertEquals(frontEnd.current.room, "art");
  for (let i = 5; i <= 32; i++) {
    await until(() => frontEnd.connected);
    await frontEnd.handle(`/join room${i}`);
  }
  await until(() => frontEnd.connected);
  await frontEnd.handle("/join room33");
  assertEquals(shown.at(-1), "-- /join: At most 32 rooms can be open at once --");
  assertEquals(frontEnd.openRooms.length, 32);
  frontEnd.leave();
  await ended;
});

Deno.test("without a connection, commands say so and texts are shown as waiting", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server);
  for (const room of ["lobby", "dev"]) server.report(room, lost("gone"));
  await until(() => !frontEnd.connected && !frontEnd.openRooms[1]!.connected);
  shown.length = 0;
  for (const line of ["/join art", "/nick robert", "/history 5", "hello"]) {
    await frontEnd.handle(line);
  }
  assertEquals(shown, [
    "-- /join: There is no connection --",
    "-- /nick: There is no connection --",
    "-- /history: There is no connection --",
    "-- to be sent: hello --",
  ]);
  await frontEnd.handle("/join ops"); // It is open.
  shown.length = 0;
  await frontEnd.handle("/room dev");
  assertEquals(shown, ["in dev", "-- no connection, retrying --"]);
  frontEnd.leave();
  await ended;
});

Deno.test("/part leaves the room, and returns to the one before it that is still open", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, drafts, until, ended } = await bob(server);
  drafts.set("ops", "half a line");
  await frontEnd.handle("/room ops");
  shown.length = 0;
  await frontEnd.handle("/part ops");
  assertEquals(frontEnd.current.room, "lobby");
  assertEquals(shown, [
    "in lobby",
    "-- you have left ops --",
    "-- not sent in ops: half a line --",
  ]);
  assertEquals(server.signals.get("ops")!.map(({ aborted }) => aborted), [true]);
  await frontEnd.handle("/join art");
  await frontEnd.handle("/room dev");
  await frontEnd.handle("/part art");
  await frontEnd.handle("/part dev");
  assertEquals(frontEnd.current.room, "lobby");
  await frontEnd.handle("/part");
  await frontEnd.handle("/part lobby");
  assertEquals(shown.at(-1), "-- /part: lobby is your only room: /quit leaves --");
  assertEquals(frontEnd.openRooms.map(({ room }) => room), ["lobby"]);
  let isOver = false;
  void ended.then(() => isOver = true);
  server.report("lobby", notes(note(1)));
  await until(() => shown.at(-1) === "[ann] note 1");
  assertEquals([isOver, shown.filter((row) => row.includes("you have left"))], [false, [
    "-- you have left ops --",
    "-- you have left art --",
    "-- you have left dev --",
  ]]);
  frontEnd.leave();
  await ended;
});

Deno.test("only the first mention in a room out of view is a line, and each rings", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, rung, until, ended } = await bob(server, { bell: "mention" });
  const secret = note(1, { kind: "whisper", to: "bob", message: "bob?" });
  server.report("dev", notes(secret));
  await until(() => frontEnd.openRooms[1]!.missed.notes === 1);
  server.report("dev", notes(note(2, { message: "bob!" })));
  await until(() => frontEnd.openRooms[1]!.missed.notes === 2);
  assertEquals([shown, rung.includes("dev")], [["-- dev: ann writes to you --"], true]);
  assertEquals(frontEnd.openRooms[1]!.missed.mentions, 2);
  server.report("ops", notes(note(1, { message: "robert, bob" })));
  await until(() => frontEnd.openRooms[2]!.missed.notes === 1);
  assertEquals(shown.at(-1), "-- ops: ann mentions you --");
  frontEnd.leave();
  await ended;
});

Deno.test("the last note seen in a room is stored when another is put in view, and at the end", async () => {
  const server = new FakeServer();
  const stored: [string, number][] = [];
  const written = Promise.withResolvers<void>();
  const seen = {
    read: () => Promise.resolve(undefined),
    write: async ({ room }: { readonly room: string }, { seq }: ReadMarker) => {
      await written.promise;
      stored.push([room, seq]);
    },
  };
  const { frontEnd, shown, until, ended } = await bob(server, { seen });
  server.report("lobby", notes(note(7)));
  await until(() => shown.length > 0);
  await frontEnd.handle("/room dev"); // Nothing was seen there.
  let isOver = false;
  void ended.then(() => isOver = true);
  frontEnd.leave();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([isOver, stored], [false, []]);
  written.resolve();
  await ended;
  assertEquals(stored, [["lobby", 7]]);
  assertEquals(shown.filter((row) => row.includes("cannot")), []);
});

Deno.test("a text that is refused once its room is closed is shown, and not put back", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, restored, ended } = await bob(server);
  await frontEnd.handle("/room dev");
  const answer = Promise.withResolvers<void>();
  server.saying = answer.promise;
  const said = frontEnd.handle("hello");
  await frontEnd.handle("/room lobby");
  await frontEnd.handle("/part dev");
  await said;
  assertEquals(shown.at(-1), "-- not sent in dev: left: hello --");
  assertEquals(restored, []);
  answer.reject(new ChatError("invalid", "no"));
  frontEnd.leave();
  await ended;
});

Deno.test("/reply answers in the room where the private note came", async () => {
  const server = new FakeServer();
  const { frontEnd, until, ended } = await bob(server);
  server.report("dev", { type: "joined", ...people(["ann"])[0]! });
  server.report("dev", notes(note(1, { kind: "whisper", to: "bob" })));
  await until(() => frontEnd.openRooms[1]!.missed.notes === 1);
  await frontEnd.handle("/reply hi");
  await frontEnd.handle("to all");
  assertEquals(server.said, ["dev to ann: hi", "lobby: to all"]);
  frontEnd.leave();
  await ended;
});

Deno.test("lines that are not answered when the person leaves are returned", async () => {
  const server = new FakeServer();
  const { frontEnd, restored, ended } = await bob(server);
  server.saying = new Promise(() => {});
  const answers = Promise.withResolvers<void>();
  server.answering = answers.promise;
  const said = frontEnd.handle("hello");
  assertEquals(frontEnd.isWaiting, true);
  let isOver = false;
  void ended.then(() => isOver = true);
  frontEnd.leave();
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(isOver, false);
  answers.resolve();
  assertEquals([await ended, restored], [["hello"], []]);
  await said;
  assertEquals(frontEnd.isWaiting, false);
});

Deno.test("a blank line does nothing, a wrong one is an error, and /rooms is remembered", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, ended } = await bob(server);
  await frontEnd.handle("  ");
  assertEquals([server.said, shown], [[], []]);
  await frontEnd.handle("/jion dev");
  assertEquals([server.said, shown.length], [[], 1]);
  assertEquals(frontEnd.knownRooms, []);
  await frontEnd.handle("/rooms");
  assertEquals(frontEnd.knownRooms, ["lobby", "art"]);
  frontEnd.leave();
  await ended;
});

Deno.test("/room finds an open room by the start of its name, if only one has it", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, ended } = await bob(server, { moreRooms: ["dev", "design", "ops"] });
  const after = async (line: string) => {
    await frontEnd.handle(line);
    return [frontEnd.current.room, shown.at(-1)];
  };
  assertEquals((await after("/room o"))[0], "ops");
  assertEquals(await after("/room de"), [
    "ops",
    '-- /room: "de" is the start of several rooms: dev or design --',
  ]);
  assertEquals(await after("/room zz"), [
    "ops",
    '-- /room: "zz" is not open: /join opens a room, /room lists those open --',
  ]);
  assertEquals((await after("/room 1"))[0], "lobby");
  await frontEnd.handle(`/msg ~${"n".repeat(64)} hi`); // The mark is not a part of the name.
  assertEquals(shown.at(-1)?.includes("is not here and has not spoken lately"), true);
  frontEnd.leave();
  await ended;
});

Deno.test("who leaves while a room is being joined does not wait for it, and sees no error", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, ended } = await bob(server);
  server.opening = new Promise(() => {});
  const joined = frontEnd.handle("/join art");
  await new Promise((resolve) => setTimeout(resolve));
  frontEnd.leave();
  await Promise.all([joined, ended]);
  assertEquals(shown.filter((row) => row.includes("/join")), []);
});

Deno.test("joins that come close together are one line, and ignored people are known from the start", async () => {
  const server = new FakeServer();
  const store = { read: () => Promise.resolve(["eve"]), change: () => Promise.resolve() };
  const { frontEnd, shown, until, ended } = await bob(server, { ignored: store, moreRooms: [] });
  const [ann, cy, eve] = people(["ann", "cy", "eve"]);
  for (const person of [ann!, cy!, eve!]) {
    server.report("lobby", { type: "joined", ...person });
    // A batch without a delay would be over by now; more turns could outlast the delay.
    for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setTimeout(resolve));
  }
  await until(() => shown.length > 0);
  assertEquals(shown, ["-- ann and cy joined --"]);
  server.report("lobby", notes(note(1, { name: "eve" }), note(2)));
  await until(() => shown.length > 1);
  assertEquals(shown.slice(1).filter((row) => !row.startsWith("──")), ["[ann] note 2"]);
  frontEnd.leave();
  await ended;
});
