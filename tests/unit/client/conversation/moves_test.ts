import { assertEquals, assertRejects } from "@std/assert";
import { ChatError } from "../../../../room/errors.ts";
import { note, notes } from "./chat_events.ts";
import { bob, FakeServer } from "./fake_server.ts";

const ALONE = { moreRooms: [] };

/** Resolves once everything that can happen now has happened. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("a change of name waits for the answers to all texts, and goes on after the last note", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server, ALONE);
  server.report("lobby", notes(note(7)));
  await until(() => shown.length > 0);
  const answer = Promise.withResolvers<void>();
  server.saying = answer.promise;
  const said = frontEnd.handle("hello");
  const renamed = frontEnd.handle("/nick robert");
  await turn();
  assertEquals([server.said, server.moves], [["lobby: hello"], []]);
  answer.resolve();
  await Promise.all([said, renamed]);
  await until(() => frontEnd.transcript.name === "robert");
  assertEquals([server.moves, server.positions], [["lobby: robert"], [7]]);
  const [before, now] = server.signals.get("lobby")!;
  assertEquals([before?.aborted, now?.aborted], [true, false]);
  frontEnd.leave();
  await ended;
  assertEquals(now?.aborted, true);
});

Deno.test("a change of name goes on when the server ends the session before, as often as it is made", async () => {
  const server = new FakeServer();
  const { frontEnd, until, ended } = await bob(server, ALONE);
  for (const name of ["robert", "rob"]) {
    const moves = Promise.withResolvers<void>();
    server.moving = moves.promise;
    const renamed = frontEnd.handle(`/nick ${name}`);
    await turn();
    server.report("lobby", new ChatError("replaced", "joined again"));
    await turn();
    moves.resolve();
    await renamed;
    await until(() => frontEnd.transcript.name === name);
  }
  server.report("lobby", new ChatError("forbidden", "enough"));
  await assertRejects(() => ended, ChatError, "enough");
});

Deno.test("a change of name that fails once the server has ended the session ends the chat", async () => {
  const server = new FakeServer();
  const { frontEnd, ended } = await bob(server, ALONE);
  const moves = Promise.withResolvers<void>();
  server.moving = moves.promise;
  const renamed = frontEnd.handle("/nick robert");
  await turn();
  server.report("lobby", new ChatError("replaced", "joined again"));
  await turn();
  moves.reject(new ChatError("full", "the room is full"));
  await assertRejects(() => ended, ChatError, "the room is full");
  await renamed;
});

Deno.test("who leaves during a change of name does not wait for it, and does not join again", async () => {
  const server = new FakeServer();
  const { frontEnd, ended } = await bob(server, ALONE);
  server.moving = new Promise(() => {});
  const renamed = frontEnd.handle("/nick robert");
  await turn();
  frontEnd.leave();
  await Promise.all([renamed, ended]);

  const other = new FakeServer();
  const eve = await bob(other, ALONE);
  const answer = Promise.withResolvers<void>();
  other.saying = answer.promise;
  const said = eve.frontEnd.handle("hello");
  const late = eve.frontEnd.handle("/nick robert");
  await turn();
  eve.frontEnd.leave();
  await Promise.all([said, late, eve.ended]);
  assertEquals(other.moves, []);
});

Deno.test("/history shows notes again after a line, and waits for no other move", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, until, ended } = await bob(server, ALONE);
  server.report("lobby", notes(note(1), note(2)));
  await until(() => shown.length >= 2);
  shown.length = 0;
  const moves = Promise.withResolvers<void>();
  server.moving = moves.promise;
  const moved = frontEnd.handle("/history 2");
  await turn();
  await frontEnd.handle("/history 3");
  assertEquals(shown, ["-- /history: The move back in the history is still under way --"]);
  moves.resolve();
  await moved;
  server.report("lobby", notes(note(1), note(2)));
  await until(() => shown.length >= 4);
  assertEquals(shown.slice(1), ["── the last 2 notes ──", "[ann] note 1", "[ann] note 2"]);
  assertEquals(server.moves, ["lobby: 2"]);
  frontEnd.leave();
  await ended;
});

Deno.test("a refused change of name is reported in the words of the server", async () => {
  const server = new FakeServer();
  const { frontEnd, shown, ended } = await bob(server, ALONE);
  server.refused.set("lobby", "robert");
  await frontEnd.handle("/nick robert");
  assertEquals(shown, ['-- /nick: name "robert" is taken --']);
  server.moving = Promise.reject(
    new ChatError("taken", 'Cannot join "h:1": taken', { cause: new ChatError("taken", "taken") }),
  );
  await frontEnd.handle("/nick rob");
  assertEquals(shown.at(-1), "-- /nick: taken --");
  frontEnd.leave();
  await ended;
});
