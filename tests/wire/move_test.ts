import { assertEquals, assertRejects } from "@std/assert";
import { ChatError, join, serve } from "../../mod.ts";
import { STATUS } from "../../proto/status.ts";
import { joinLibraryChat, LibraryChat } from "../support/library_chat.ts";
import { FakeServer, welcome } from "../support/wire/fake_server.ts";
import { Peer } from "../support/wire/grpc_peer.ts";

const open = () => serve({ address: "127.0.0.1:0" });
const connected = ({ happened }: { happened: string[] }) => happened.includes("connected");

Deno.test("Chat.move() to another name appears as a rename, and loses and repeats nothing", async () => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  await bob.until(connected);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(connected);
  await bob.say("1");
  await ann.until(({ heard }) => heard.length === 1);
  await using anna = await ann.move({ name: "anna" });
  await anna.until(connected);
  await bob.say("2");
  await anna.say("3");
  await bob.until(({ heard }) => heard.length === 3);
  await anna.until(({ heard }) => heard.length === 2);
  assertEquals([ann.heard, anna.heard], [["1"], ["2", "3"]]);
  assertEquals(bob.happened, ["connected", "+ann", "ann>anna"]);
  const error = await assertRejects(() => ann.ended, ChatError);
  assertEquals(error.code, "replaced");
});

Deno.test("a chat that an older one has replaced after an outage joins again", async () => {
  let joins = 0;
  using server = await FakeServer.answering(({ join }) => {
    if (!join) return undefined;
    const goodbye = { code: STATUS.replaced, reason: '"ann" has joined again' };
    return ++joins === 2 ? [welcome(join), { goodbye }] : welcome(join);
  });
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(connected);
  await using anna = await ann.move({ name: "anna" });
  await anna.until(({ happened }) => happened.filter((what) => what === "connected").length === 2);
  assertEquals(joins, 3);
});

Deno.test("Chat.move() to a name in use changes nothing", async () => {
  await using server = await open();
  await using bob = joinLibraryChat("bob", server.address);
  await bob.until(connected);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(connected);
  await using wrong = await ann.move({ name: "BOB" });
  const error = await assertRejects(() => wrong.ended, ChatError, 'name "BOB" is taken');
  assertEquals(error.code, "taken");
  await ann.say("still here");
  await bob.until(({ heard }) => heard.length === 1);
  assertEquals(bob.happened, ["connected", "+ann"]);
});

Deno.test("Chat.move() goes back in the history, and continues from there", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address, { last: 0 });
  await ann.until(connected);
  for (const text of ["1", "2", "3"]) await ann.say(text);
  await using back = await ann.move({ last: 2 });
  await back.until(({ heard }) => heard.length === 2);
  await back.say("4");
  await back.until(({ heard }) => heard.length === 3);
  assertEquals(back.heard, ["2", "3", "4"]);
});

Deno.test("Chat.move() before the first event is read starts where the chat did", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address, { last: 0 });
  for (const text of ["1", "2", "3"]) await ann.say(text);
  const { signal } = new AbortController();
  const bob = await join({ name: "bob", address: server.address, last: 1, signal });
  await using rob = new LibraryChat((signal) => bob.move({ name: "rob", signal }));
  await rob.until(connected);
  await ann.say("4");
  await rob.until(({ heard }) => heard.includes("4"));
  assertEquals(rob.heard, ["3", "4"]);
});

Deno.test("Chat.move() to another spelling of the room repeats nothing", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address, { last: 0, room: "Dev Team" });
  await ann.say("1");
  await using bob = joinLibraryChat("bob", server.address, { room: "dev team" });
  await bob.until(({ heard }) => heard.length === 1);
  await using rob = await bob.move({ name: "rob", room: "Dev Team" });
  await rob.until(connected);
  await ann.say("2");
  await rob.until(({ heard }) => heard.includes("2"));
  assertEquals(rob.heard, ["2"]);
});

Deno.test("another name and more history are one event each", async () => {
  const events: string[] = [];
  await using server = await serve({
    address: "127.0.0.1:0",
    onEvent: (event) => {
      if ("was" in event) events.push(`${event.type} ${event.was} ${event.name}`);
      else if ("name" in event) events.push(`${event.type} ${event.name}`);
    },
  });
  {
    await using ann = joinLibraryChat("ann", server.address);
    await ann.until(connected);
    await using anna = await ann.move({ name: "anna" });
    await anna.until(connected);
    await using back = await anna.move({ last: 2 });
    await back.until(connected);
    await assertRejects(() => ann.ended, ChatError);
    await assertRejects(() => anna.ended, ChatError);
  }
  await server.stop();
  assertEquals(events, ["join ann", "rename ann anna", "rejoin anna", "leave anna"]);
});

Deno.test("Chat.move() to another room leaves the old one open", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await using bob = joinLibraryChat("bob", server.address, { room: "dev" });
  await ann.say("in the lobby");
  await bob.say("in dev");
  await using inDev = await ann.move({ room: "dev", last: 10 });
  await inDev.until(({ heard }) => heard.length === 1);
  assertEquals(inDev.heard, ["in dev"]);
  await inDev.say("hello");
  assertEquals(await inDev.rooms(), {
    rooms: [{ name: "dev", members: 2, topic: "" }, { name: "lobby", members: 1, topic: "" }],
    more: 0,
  });
});

Deno.test("a private note between people without keys is seen by the two, live, and not by others or later", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await using bob = joinLibraryChat("bob", server.address);
  await bob.until(connected);
  await using eve = joinLibraryChat("eve", server.address);
  await using nobody = joinLibraryChat("", server.address);
  assertEquals(await ann.say("psst", { kind: "whisper", to: "Bob" }), 1);
  await ann.say("done");
  await ann.until(({ heard }) => heard.length === 2);
  await bob.until(({ heard }) => heard.length === 2);
  await eve.until(({ heard }) => heard.length === 1);
  await nobody.until(({ heard }) => heard.length === 1);
  assertEquals([ann.heard, bob.heard], [["→Bob psst", "done"], ["→Bob psst", "done"]]);
  assertEquals([eve.heard, nobody.heard], [["done"], ["done"]]);
  using peer = new Peer(server.address);
  assertEquals(await peer.read(1), [{ name: "ann", message: "done" }]);
  bob.leave();
  await bob.ended;
  await using later = joinLibraryChat("bob", server.address);
  await later.until(({ heard }) => heard.length === 1);
  assertEquals(later.heard, ["done"]);
});

Deno.test("join() without a name reads invisibly, and cannot post", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(connected);
  await using reader = joinLibraryChat("", server.address);
  await reader.until(connected);
  await ann.say("hello");
  await reader.until(({ heard }) => heard.length === 1);
  assertEquals(ann.happened, ["connected"]);
  const error = await assertRejects(() => reader.say("hello"), ChatError);
  assertEquals(error.code, "invalid");
});

Deno.test("join() since a position returns the notes from it on, even much later", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  for (const text of ["1", "2", "3"]) await ann.say(text);
  await using second = joinLibraryChat("", server.address, { since: { seq: 2 } });
  await using fifth = joinLibraryChat("", server.address, { since: { seq: 5 } });
  await fifth.until(connected);
  for (const text of ["4", "5", "6"]) await ann.say(text);
  await second.until(({ heard }) => heard.length === 5);
  await fifth.until(({ heard }) => heard.length === 2);
  assertEquals([second.heard, fifth.heard], [["2", "3", "4", "5", "6"], ["5", "6"]]);
});

Deno.test("join() since a time returns the notes from it on", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("1");
  await using now = joinLibraryChat("", server.address, {
    since: { time: Date.now() + 3_600_000 },
  });
  await using ever = joinLibraryChat("", server.address, { since: { time: 0 } });
  await now.until(connected);
  await ever.until(({ heard }) => heard.length === 1);
  await ann.say("2");
  await now.until(({ heard }) => heard.length === 1);
  assertEquals(now.heard, ["2"]);
});
