import { status } from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { toWireAction } from "../../proto/enums.ts";
import { serve } from "../../server.ts";
import { failure, Peer, type RawSession } from "../support/wire/grpc_peer.ts";
import { Proxy } from "../support/wire/proxy.ts";
import { RawIdentity } from "../support/wire/raw_identity.ts";

const LOOPBACK = "127.0.0.1:0";

const seen = (session: RawSession) =>
  session.seen.notes.map(({ seq, name, to, message }) => `${seq} ${name}>${to} ${message}`);

/** Waits until a session has received the note with this message. */
const got = (session: RawSession, message: string) =>
  session.until(({ notes }) => notes.at(-1)?.message === message);

Deno.test("a private note reaches its author and its recipient, in any case, and nobody else", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const [ann, bob, cat] = await Promise.all(
    ["ann", "Bob", "cat"].map((name) => peer.join({ name })),
  );
  const nameless = await peer.join({ name: "", unlisted: true });
  const stream = peer.stream();
  ann!.postPrivate("1", "BOB", "psst");
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

Deno.test("a private note between people with keys is in the history of both, and of nobody else", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const [annsKey, bobsKey] = [await RawIdentity.create(), await RawIdentity.create()];
  const bob = await bobsKey.join(peer, { name: "bob" });
  bob.end();
  await bob.ended;
  const ann = await annsKey.join(peer, { name: "ann" });
  ann.postPrivate("1", "BOB", "to one who is not there");
  ann.postPrivate("2", "ann", "to oneself");
  ann.post(["3", "all"]);
  await got(ann, "all");
  ann.end();
  await ann.ended;
  const history = async (session: RawSession) => {
    await got(session, "all");
    return seen(session).map((line) => line[0]).join("");
  };
  assertEquals(await history(await annsKey.join(peer, { name: "ann" })), "123");
  assertEquals(await history(await annsKey.join(peer, { name: "anna" })), "123");
  const again = await bobsKey.join(peer, { name: "bob" });
  assertEquals(await history(again), "13");
  assertEquals(again.seen.notes[0]!.to_verified, true);
  assertEquals(await history(await bobsKey.join(peer, { name: "", unlisted: true })), "3");
  assertEquals(await history(await peer.join({ name: "cat" })), "3");
  assertEquals(await history(await (await RawIdentity.create()).join(peer, { name: "dan" })), "3");
  assertEquals(await peer.read(1), [{ name: "ann", message: "all" }]);
});

Deno.test("a private note belongs to the keys it was between, even if others own their names later", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const operator = await RawIdentity.create();
    const settings = { address: LOOPBACK, data: `${folder}/chat.db` };
    const [ann, bob] = [await RawIdentity.create(), await RawIdentity.create()];
    {
      await using server = await serve({ ...settings, operators: operator.fingerprint });
      using peer = new Peer(server.address);
      const theirs = [await ann.join(peer, { name: "ann" }), await bob.join(peer, { name: "bob" })];
      theirs[0]!.postPrivate("1", "bob", "psst");
      for (const session of theirs) await got(session, "psst");
      for (const session of theirs) session.end();
      await Promise.all(theirs.map(({ ended }) => ended));
      const boss = await operator.join(peer, { name: "boss" });
      for (const name of ["ann", "bob"]) boss.send({ orders: [{ action: 6, name, reason: "" }] });
      boss.post(["1", "all"]);
      await got(boss, "all");
    }
    await using server = await serve(settings);
    using peer = new Peer(server.address);
    const others = [await RawIdentity.create(), await RawIdentity.create()];
    for (const [i, name] of ["ann", "bob"].entries()) {
      const next = await others[i]!.join(peer, { name });
      await got(next, "all");
      assertEquals(seen(next), ["2 boss> all"]);
      const owner = await [ann, bob][i]!.join(peer, { name: `${name} again` });
      await got(owner, "all");
      assertEquals(seen(owner), ["1 ann>bob psst", "2 boss> all"]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const data of [undefined, "chat.db"]) {
  Deno.test(`a private note with a person without a key is in nobody's history (${data ?? "memory"})`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const file = data === undefined ? {} : { data: `${folder}/${data}` };
      await using server = await serve({ address: LOOPBACK, ...file });
      using peer = new Peer(server.address);
      const ann = await peer.join({ name: "ann" });
      const bob = await peer.join({ name: "bob" });
      ann.postPrivate("1", "bob", "psst");
      ann.post(["2", "all"]);
      for (const session of [ann, bob]) await got(session, "all");
      assertEquals(seen(bob), ["1 ann>bob psst", "2 ann> all"]);
      assertEquals(bob.seen.notes[0]!.to_verified, false);
      for (const session of [ann, bob]) session.end();
      await Promise.all([ann.ended, bob.ended]);
      // As others under the same names, as the same clients after a reconnect, and from their last
      // positions.
      for (const name of ["ann", "bob"]) {
        for (const client of [`client of ${name} `.padEnd(16), "another client of it"]) {
          const again = await peer.join({ name, client });
          await got(again, "all");
          assertEquals(seen(again), ["2 ann> all"]);
          again.end();
          await again.ended;
        }
      }
      const key = await (await RawIdentity.create()).join(peer, { name: "bob" });
      await got(key, "all");
      assertEquals(seen(key), ["2 ann> all"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a private note reaches a session without a key that still has much history to read", async () => {
  await using server = await serve({ address: LOOPBACK, rate: 100_000, burst: 100_000 });
  using peer = new Peer(server.address);
  await using proxy = new Proxy(server.address);
  using slow = new Peer(proxy.address);
  const ann = await peer.join({ name: "ann", last: 0 });
  const bob = await slow.join({ name: "bob" });
  proxy.pause();
  const filler = "x".repeat(10_000);
  const posts = Array.from({ length: 1_000 }, (_, i) => ({ id: `${i}`, message: filler }));
  for (let i = 0; i < posts.length; i += 50) ann.send({ posts: posts.slice(i, i + 50) });
  ann.postPrivate("w", "bob", "psst");
  await ann.until(({ acks }) => acks.size === 1_001);
  proxy.resume();
  await got(bob, "psst");
  assertEquals(bob.seen.notes.length, 1_001);
});

Deno.test("a private note without a recipient is refused, unless it was accepted before", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  await peer.send({ name: "old", message: "by SendNote" });
  const ann = await peer.join({ name: "ann" });
  const bob = await peer.join({ name: "bob" });
  const unlisted = await peer.join({ name: "dan", unlisted: true });
  const elsewhere = await peer.join({ name: "eve", room: "dev" });
  ann.postPrivate("1", "bob", "psst");
  await got(bob, "psst");
  bob.end();
  await bob.ended;
  for (const [id, to] of ["bob", "old", "dan", "eve", "nobody"].entries()) {
    ann.postPrivate(`to ${id}`, to, "psst");
  }
  ann.seen.acks.clear();
  ann.postPrivate("1", "bob", "psst"); // Like after a lost connection: it is stored already.
  ann.post(["2", "all"]);
  ann.end();
  assertEquals((await ann.ended).code, status.OK);
  const why = "is not here, and the name belongs to no key: a private note would reach nobody";
  assertEquals(
    ann.seen.refusals,
    ["bob", "old", "dan", "eve", "nobody"].map((to, id) => `to ${id} 5 "${to}" ${why}`),
  );
  assertEquals([ann.seen.acks.get("1"), ann.seen.acks.get("2")], [2, 3]);
  await got(unlisted, "all");
  elsewhere.cancel();
});

Deno.test("a private note to ~cat is for a cat without a key only", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const key = await RawIdentity.create();
  const ann = await peer.join({ name: "ann" });
  const kim = await key.join(peer, { name: "kim" });
  const cat = await peer.join({ name: "Cat" });
  const long = await peer.join({ name: "n".repeat(64), client: "x".repeat(16) });
  ann.postPrivate("1", "~CAT", "psst");
  ann.postPrivate("2", `~${long.seen.welcome!.name}`, "psst");
  await ann.until(({ acks, refusals }) => acks.size + refusals.length === 2);
  assertEquals(ann.seen.refusals, []);
  for (const session of [cat, long]) await got(session, "psst");
  assertEquals(cat.seen.notes.map(({ to, to_verified }) => [to, to_verified]), [["CAT", false]]);
  cat.end();
  await cat.ended;
  ann.postPrivate("3", "~cat", "to nobody");
  const owner = await key.join(peer, { name: "cat" });
  for (const [id, to] of [["4", "~cat"], ["5", "~kim"], ["6", "~~kim"]] as const) {
    ann.postPrivate(id, to, "to nobody");
  }
  ann.seen.acks.clear();
  ann.postPrivate("1", "~CAT", "psst"); // Like after a lost connection: it is stored already.
  ann.post(["7", "all"]);
  for (const session of [kim, owner]) await got(session, "all");
  ann.end();
  await ann.ended;
  const absent = "is not here, and the name belongs to no key: a private note would reach nobody";
  assertEquals(ann.seen.refusals, [
    `3 5 "cat" ${absent}`,
    '4 5 "cat" belongs to a key: a private note to ~cat would reach nobody',
    '5 5 "kim" belongs to a key: a private note to ~kim would reach nobody',
    `6 5 "“~kim”" ${absent}`,
  ]);
  assertEquals(ann.seen.acks.get("1"), 1);
  for (const session of [kim, owner]) assertEquals(seen(session), ["3 ann> all"]);
});

Deno.test("a session skips private notes between others, and counts as lost only notes visible to it", async () => {
  await using server = await serve({ address: LOOPBACK, keep: 3 });
  using peer = new Peer(server.address);
  const [ann, bob] = await Promise.all(["ann", "bob"].map((name) => peer.join({ name })));
  for (const id of ["1", "2", "3", "4", "5"]) ann!.postPrivate(id, "bob", id);
  await got(ann!, "5");
  const cat = await peer.join({ name: "cat", from: 2 });
  ann!.post(["6", "all"]);
  await got(cat, "all");
  assertEquals([seen(cat), cat.seen.lost], [["6 ann> all"], []]);
  cat.end();
  assertEquals((await cat.ended).code, status.OK);
  for (const id of ["7", "8", "9"]) ann!.post([id, id]);
  await got(bob!, "9");
  const later = await peer.join({ name: "later" });
  await got(later, "9");
  assertEquals(later.seen.lost, [{ count: 1, after: 0 }]); // Six in total.
});

Deno.test("a session's start and pending count include visible notes only", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const [annsKey, bobsKey] = [await RawIdentity.create(), await RawIdentity.create()];
  const ann = await annsKey.join(peer, { name: "ann" });
  await bobsKey.join(peer, { name: "bob" });
  for (let i = 1; i <= 3; i++) {
    ann.post([`p${i}`, `public ${i}`]);
    for (let j = 1; j <= 4; j++) ann.postPrivate(`w${i}${j}`, "bob", `private ${i}${j}`);
  }
  await got(ann, "private 34");
  const received = (session: RawSession) => [session.seen.welcome!, session.seen.notes] as const;
  for (
    const [last, messages] of [
      [1, ["public 3"]],
      [2, ["public 2", "public 3"]],
      [9, ["public 1", "public 2", "public 3"]],
      [0, []],
    ] as const
  ) {
    const cat = await peer.join({ name: "cat", last, client: crypto.randomUUID() });
    cat.end();
    await cat.ended;
    const [{ pending }, notes] = received(cat);
    assertEquals(notes.map(({ message }) => message), [...messages]);
    assertEquals(pending, messages.length);
  }
  const history = ann.seen.welcome!.head.history;
  const resumed = await peer.join({ name: "cat", after: { history, seq: 2 } });
  assertEquals(resumed.seen.welcome!.pending, 2);
  const bob = await bobsKey.join(peer, { name: "bob", last: 6 });
  await got(bob, "private 34");
  assertEquals([bob.seen.welcome!.pending, bob.seen.notes.length], [6, 6]);
  assertEquals(bob.seen.notes[0]!.message, "private 24");
});

Deno.test("a session that catches up continues past private notes between others", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  await peer.join({ name: "bob" });
  for (const id of ["1", "2", "3", "4", "5"]) {
    ann.postPrivate(id, "bob", id);
    await got(ann, id); // This makes each a batch of its own.
  }
  ann.post(["6", "all"]);
  await got(ann, "all");
  const reader = await peer.join({ name: "", unlisted: true });
  await got(reader, "all");
  assertEquals(seen(reader), ["6 ann> all"]);
});

Deno.test("a session with only hidden notes ends when its peer has half-closed", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  await peer.join({ name: "bob" });
  ann.postPrivate("1", "bob", "psst");
  await got(ann, "psst");
  const cat = await peer.join({ name: "cat" });
  cat.end();
  assertEquals((await cat.ended).code, status.OK);
  assertEquals(cat.seen.notes, []);
});

Deno.test("ChatServer.notes() has public notes, and no private notes", async () => {
  await using server = await serve({ address: LOOPBACK });
  using peer = new Peer(server.address);
  const leaving = new AbortController();
  const printed = server.notes(leaving.signal)[Symbol.asyncIterator]();
  const next = printed.next();
  const ann = await peer.join({ name: "ann" });
  await peer.join({ name: "bob" });
  ann.postPrivate("1", "bob", "psst");
  await got(ann, "psst");
  ann.post(["2", "all"]);
  const { value } = await next;
  assertEquals(value.notes.map((note: { message: string }) => note.message), ["all"]);
  leaving.abort();
  await printed.next();
});

Deno.test("a post is refused if it is a private note to nobody, or another note with a recipient", async () => {
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
    '2 3 Recipient "a\\x1b" contains control or invisible characters',
    "3 3 Only a private note may have a recipient",
    "4 3 Only a private note may have a recipient",
  ]);
  assertEquals(seen(ann), ["1 ann> yes"]);
  assertEquals(await failure(peer.send({ name: "old", message: "x", kind: 2, to: "bob" })), {
    code: status.INVALID_ARGUMENT,
    details: "Only a private note may have a recipient",
  });
});

Deno.test("a private note to nobody does no harm if its author is disconnected before the answer", async () => {
  await using server = await serve({ address: LOOPBACK, rate: 0 });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  ann.postPrivate("1", "bob", "psst");
  ann.post(...Array.from({ length: 400 }, (): [string, string] => ["", "a post without an id"]));
  assertEquals((await ann.ended).code, status.UNAVAILABLE);
  using other = new Peer(server.address);
  assertEquals((await other.join({ name: "bob" })).seen.welcome?.name, "bob");
});

Deno.test("an undelivered private note does not keep its author's name in use", async () => {
  const operator = await RawIdentity.create();
  await using server = await serve({ address: LOOPBACK, operators: operator.fingerprint });
  using peer = new Peer(server.address);
  const ann = await (await RawIdentity.create()).join(peer, { name: "ann" });
  const boss = await operator.join(peer, { name: "boss" });
  const spoken = async (count: number) => {
    boss.send({ orders: [{ action: toWireAction("names"), name: "ann", reason: "" }] });
    await boss.until(({ outcomes }) => outcomes.length === count);
    return boss.seen.outcomes.at(-1)!.names!.map(({ spoken }) => spoken);
  };
  ann.postPrivate("1", "bob", "psst");
  await ann.until(({ refusals }) => refusals.length === 1);
  assertEquals(await spoken(1), [false]);
  ann.postPrivate("2", "boss", "psst");
  await ann.until(({ acks }) => acks.has("2"));
  assertEquals(await spoken(2), [true]);
});
