import { status } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { serve } from "../server.ts";
import { failure, Peer, type RawSession } from "./peer.ts";

const LOOPBACK = "127.0.0.1:0";

const seen = (session: RawSession) =>
  session.seen.notes.map(({ seq, name, to, message }) => `${seq} ${name}>${to} ${message}`);

/** Waits until a session has got the note with this message. */
const got = (session: RawSession, message: string) =>
  session.until(({ notes }) => notes.at(-1)?.message === message);

Deno.test("a whisper reaches its author and its recipient, whatever the case, and nobody else", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const [ann, bob, cat] = await Promise.all(
    ["ann", "Bob", "cat"].map((name) => peer.join({ name })),
  );
  const nameless = await peer.join({ name: "", unlisted: true });
  const stream = peer.stream();
  ann!.whisper("1", "BOB", "psst");
  await got(ann!, "psst");
  await got(bob!, "psst");
  ann!.post(["2", "all"]);
  for (const session of [ann!, bob!, cat!, nameless]) await got(session, "all");
  assertEquals(seen(ann!), ["1 ann>BOB psst", "2 ann> all"]);
  assertEquals(ann!.seen.notes.map((note) => note.kind), [2, 0]);
  assertEquals(bob!.seen.notes, ann!.seen.notes);
  assertEquals([seen(cat!), seen(nameless)], [["2 ann> all"], ["2 ann> all"]]);
  assertEquals([cat!.seen.lost, nameless.seen.lost], [[], []]);
  assertEquals((await stream.next()).value, { name: "ann", message: "all" });
  await stream.return();
});

Deno.test("a whisper is in the history of the two, and of nobody else", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  ann.whisper("1", "bob", "to one who is not there");
  ann.whisper("2", "ann", "to oneself");
  ann.post(["3", "all"]);
  await got(ann, "all");
  ann.end();
  await ann.ended;
  const histories = await Promise.all(["ann", "bob", "cat"].map(async (name) => {
    const session = await peer.join({ name });
    await got(session, "all");
    return seen(session).map((line) => line[0]).join("");
  }));
  assertEquals(histories, ["123", "13", "3"]);
  const unlisted = await peer.join({ name: "bob", unlisted: true });
  await got(unlisted, "all");
  assertEquals(seen(unlisted).length, 1);
  assertEquals(await peer.read(1), [{ name: "ann", message: "all" }]);
});

Deno.test("a session passes over whispers between others, and counts as lost only what was dropped", async () => {
  await using server = await serve({ address: LOOPBACK, keep: 3 });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  for (const id of ["1", "2", "3", "4", "5"]) ann.whisper(id, "bob", id);
  await got(ann, "5");
  const cat = await peer.join({ name: "cat", from: 2 });
  await cat.until(({ lost }) => lost.length > 0);
  ann.post(["6", "all"]);
  await got(cat, "all");
  assertEquals([seen(cat), cat.seen.lost], [["6 ann> all"], [{ count: 1, behind: 0 }]]);
  cat.end();
  assertEquals((await cat.ended).code, status.OK);
});

Deno.test("a session that catches up goes on behind whispers between others", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  for (const id of ["1", "2", "3", "4", "5"]) {
    ann.whisper(id, "bob", id);
    await got(ann, id); // So that each is a batch of its own.
  }
  ann.post(["6", "all"]);
  await got(ann, "all");
  const reader = await peer.join({ name: "", unlisted: true });
  await got(reader, "all");
  assertEquals(seen(reader), ["6 ann> all"]);
});

Deno.test("a session to which all is hidden ends when its peer has said all", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  ann.whisper("1", "bob", "psst");
  await got(ann, "psst");
  const cat = await peer.join({ name: "cat" });
  cat.end();
  assertEquals((await cat.ended).code, status.OK);
  assertEquals(cat.seen.notes, []);
});

Deno.test("ChatServer.notes() has what is said to all, and no whispers", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const leaving = new AbortController();
  const printed = server.notes(leaving.signal)[Symbol.asyncIterator]();
  const next = printed.next();
  const ann = await peer.join({ name: "ann" });
  ann.whisper("1", "bob", "psst");
  await got(ann, "psst");
  ann.post(["2", "all"]);
  const { value } = await next;
  assertEquals(value.notes.map((note: { message: string }) => note.message), ["all"]);
  leaving.abort();
  await printed.next();
});

Deno.test("a post is refused if it whispers to nobody, or says to somebody what all hear", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  ann.send({
    posts: [
      { id: "1", message: "x", kind: 2 },
      { id: "2", message: "x", kind: 2, to: "a\x1b" },
      { id: "3", message: "x", kind: 1, to: "bob" },
      { id: "4", message: "x", kind: 99, to: "bob" },
      { id: "5", message: "yes" },
    ],
  });
  await got(ann, "yes");
  await ann.until(({ refusals }) => refusals.length === 4);
  assertEquals(ann.seen.refusals, [
    '1 3 Recipient "" is empty',
    '2 3 Recipient "a\\x1b" holds control or invisible characters',
    "3 3 Only a whisper may have a recipient",
    "4 3 Only a whisper may have a recipient",
  ]);
  assertEquals(seen(ann), ["1 ann> yes"]);
  assertEquals(await failure(peer.send({ name: "old", message: "x", kind: 2, to: "bob" })), {
    code: status.INVALID_ARGUMENT,
    details: "Only a whisper may have a recipient",
  });
});
