import { status } from "@grpc/grpc-js";
import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { serve, type ServeOptions, type ServerEvent } from "../../../mod.ts";
import { LIMITS } from "../../../room/limits.ts";
import type { JoinInit } from "../../../proto/mod.ts";
import { failure, Peer, type RawSession, refusal } from "../../support/wire/grpc_peer.ts";
import { RawIdentity } from "../../support/wire/raw_identity.ts";

/** Too slow for a token to return while a test runs. */
const SLOW = { rate: 1e-6, burst: 20, joinBurst: 0 };

/** A server in this process, and the kinds of its refusals. */
async function open(options: ServeOptions = {}) {
  const refused: string[] = [];
  const onEvent = (event: ServerEvent) => {
    if (event.type === "refused") refused.push(event.kind);
  };
  const server = await serve({ address: "127.0.0.1:0", onEvent, ...options });
  return Object.assign(server, { refused });
}

/** Makes each session post three notes at once, and counts the accepted ones. */
async function taken(sessions: readonly RawSession[]): Promise<number> {
  const counts = sessions.map(async (session) => {
    const ids = Array.from({ length: 3 }, () => crypto.randomUUID());
    session.post(...ids.map((id): [string, string] => [id, "x"]));
    await session.until(({ acks, refusals }) => acks.size + refusals.length === ids.length);
    return session.seen.acks.size;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Asks to join with `join`, without a key. */
function knock(peer: Peer, join: JoinInit & { name: string }): RawSession {
  const session = peer.session();
  session.send({ join: { room: "", client: crypto.randomUUID(), ...join } });
  return session;
}

Deno.test("a key has one rate, in all its sessions and rooms", async () => {
  await using server = await open({ ...SLOW, newRooms: 0 });
  using peer = new Peer(server.address);
  const [bob, cat] = [await RawIdentity.create(), await RawIdentity.create()];
  const sessions: RawSession[] = [];
  for (let i = 0; i < 98; i++) {
    sessions.push(await bob.join(peer, { name: "bob", room: `room ${i % 10}` }));
  }
  assertEquals(await taken(sessions), 20);
  // Others have their own.
  const other = await cat.join(peer, { name: "cat" });
  const guest = await peer.join({ name: "guest" });
  assertEquals(await taken([other, guest]), 6);
});

Deno.test("a network's users without a key share one rate, over sessions and SendNote", async () => {
  await using server = await open({ ...SLOW, newRooms: 0 });
  using peer = new Peer(server.address);
  await peer.send({ name: "eve", message: "hi" });
  const sessions: RawSession[] = [];
  for (let i = 0; i < 99; i++) {
    sessions.push(await peer.join({ name: `n${i}`, room: `room ${i % 10}` }));
  }
  assertEquals(await taken(sessions), 19);
  const { code, details } = await failure(peer.send({ name: "eve", message: "hi" }));
  assertEquals(code, status.RESOURCE_EXHAUSTED);
  assertMatch(details, /^Too many notes: wait \d+(\.\d)? s \(at most .*, 20 at once\)$/);
});

Deno.test("a session that rejoins has no new burst", async () => {
  await using server = await open(SLOW);
  const bob = await RawIdentity.create();
  let notes = 0;
  for (let i = 0; i < 30; i++) {
    using peer = new Peer(server.address);
    const joined = i % 2 ? await peer.join({ name: "eve" }) : await bob.join(peer, { name: "bob" });
    notes += await taken([joined]);
    joined.end();
    await joined.ended;
  }
  assertEquals(notes, 40); // 20 of the key, 20 of the network.
});

Deno.test("joins are limited for each person, and a client that comes too soon may retry", async () => {
  await using server = await open({ joinBurst: 3 });
  using peer = new Peer(server.address);
  const client = crypto.randomUUID();
  let refused: { code: number; details: string } | undefined;
  for (let attempt = 0; attempt < 1_000 && !refused; attempt++) {
    // Joins of one client: all but the first only change its name.
    const session = knock(peer, { name: `n${attempt}`, client, attempt });
    const welcomed = session.until(({ welcome }) => welcome !== undefined).then(() => undefined);
    refused = await Promise.race([session.ended, welcomed.catch(() => session.ended)]);
  }
  assertEquals(refused?.code, status.UNAVAILABLE);
  assertMatch(refused!.details, /^Too many joins: wait 0\.\d s \(at most 5 a second, 3 at once\)$/);
  assertEquals(server.refused, ["limited"]);
  const bob = await RawIdentity.create();
  await bob.join(peer, { name: "bob" });
});

Deno.test("without a rate joins are not limited either", async () => {
  await using server = await open({ rate: 0, joinBurst: 1 });
  using peer = new Peer(server.address);
  for (let i = 0; i < 20; i++) await peer.join({ name: `n${i}` });
  assertEquals(server.refused, []);
});

Deno.test("new rooms are limited for a key and for its network, not counting the lobby", async () => {
  await using server = await open({ newRooms: 3 });
  using peer = new Peer(server.address);
  const there: RawSession[] = [];
  for (let i = 0; i < 3; i++) {
    const signer = await RawIdentity.create(); // Keys cost nothing.
    there.push(await signer.join(peer, { name: `n${i}`, room: `room ${i}` }));
  }
  const bob = await RawIdentity.create();
  const full = await refusal(await bob.enter(peer, { name: "bob", room: "one more" }));
  assertEquals(full.code, status.UNAVAILABLE);
  assertMatch(
    full.details,
    /^Cannot create room "one more": too many new rooms: wait \d+(\.\d)? s \(at most 1 a minute, 3 at once\)$/,
  );
  assertEquals((await refusal(knock(peer, { name: "eve", room: "x" }))).code, status.UNAVAILABLE);
  await bob.join(peer, { name: "bob", room: "ROOM 1" });
  await peer.join({ name: "eve" });
  await peer.send({ name: "dan", message: "in the lobby" });
});

Deno.test("readers in one network cannot take all places of readers that wait for rooms", async () => {
  await using server = await open({ joinBurst: 0 });
  using first = new Peer(server.address);
  using peer = new Peer(server.address);
  const wait = (room: string) => ({ name: "", unlisted: true, wait: true, room });
  for (let i = 0; i < 100; i++) await first.join(wait(`room ${i}`));
  assertEquals(await refusal(knock(peer, wait("one more"))), {
    code: status.RESOURCE_EXHAUSTED,
    details:
      'Cannot wait for room "one more": readers in your network wait for 100 other rooms already',
  });
  await peer.join(wait("ROOM 1"));
  await peer.join({ name: "ann", room: "one more" });
  await peer.join(wait("one more"));
});

Deno.test("the lobby exists even if no more rooms are allowed", async () => {
  await using server = await open({ maxRooms: 2, newRooms: 0 });
  using peer = new Peer(server.address);
  const first = await peer.join({ name: "a", room: "one" });
  await peer.join({ name: "a", room: "two" });
  const three = { name: "a", room: "three" };
  assertEquals(await refusal(knock(peer, three)), {
    code: status.RESOURCE_EXHAUSTED,
    details: 'Cannot create room "three": there are 2 already',
  });
  await peer.send({ name: "dan", message: "in the lobby" });
  first.end();
  await first.ended;
  await peer.join(three); // Nobody has ever posted in the first one.
});

Deno.test("new names are limited for a network, with any number of keys", async () => {
  await using server = await open({ newNames: 3 });
  using peer = new Peer(server.address);
  const signers = await Promise.all(Array.from({ length: 4 }, () => RawIdentity.create()));
  for (let i = 0; i < 3; i++) await signers[i]!.join(peer, { name: `n${i}` });
  const full = await refusal(await signers[3]!.enter(peer, { name: "one more" }));
  assertEquals(full.code, status.UNAVAILABLE);
  assertMatch(
    full.details,
    /^Cannot claim name "one more": too many new names: wait \d+(\.\d)? s \(at most 1 a minute, 3 at once\)$/,
  );
  await signers[0]!.join(peer, { name: "n0", room: "dev" }); // It is not a new one.
  await peer.join({ name: "one more" }); // Nobody owns it.
});

Deno.test("a refused join does not reserve the name", async () => {
  await using server = await open({ maxMembers: 1, maxRooms: 1, newRooms: 2 });
  using peer = new Peer(server.address);
  await peer.join({ name: "ann" });
  await peer.join({ name: "ann", room: "dev" });
  const [bob, cat] = [await RawIdentity.create(), await RawIdentity.create()];
  for (const room of ["lobby", "dev", "another"]) {
    const name = `bob of ${room}`;
    const session = await bob.enter(peer, { name, room });
    assertEquals((await refusal(session)).code, status.RESOURCE_EXHAUSTED);
    await cat.join(peer, { name, unlisted: true });
  }
  assertEquals(server.refused[0], "full");
});

Deno.test("a refusal is reported once, as the kind of rule that was broken", async () => {
  await using server = await open({ maxMembers: 2, maxNoteBytes: 1 });
  using peer = new Peer(server.address);
  await peer.join({ name: "ann" });
  const twice = await peer.join({ name: "bob" });
  await refusal(knock(peer, { name: "cat" }));
  await refusal(knock(peer, { name: "", room: "nowhere", unlisted: true }));
  twice.send({ join: { name: "bob", room: "", client: "x".repeat(16) } });
  await twice.ended;
  const large = await peer.join({ name: "dan" });
  large.send(Buffer.alloc(LIMITS.frameBytes + 2));
  assertEquals((await large.ended).code, status.RESOURCE_EXHAUSTED);
  assertEquals(server.refused, ["full", "missing", "invalid", "too_large"]);
});

Deno.test("an unlisted session without a key does not block a name from a key, and cannot post under it then", async () => {
  await using server = await open();
  using peer = new Peer(server.address);
  const [bob, client] = [
    await RawIdentity.create(),
    await peer.join({ name: "Bob", unlisted: true }),
  ];
  client.post(["1", "before"]);
  await client.until(({ acks }) => acks.has("1"));
  await bob.join(peer, { name: "bob" });
  client.post(["2", "after"]);
  await client.until(({ acks, refusals }) => acks.has("2") || refusals.length === 1);
  assertEquals(client.seen.refusals, [`2 ${status.ALREADY_EXISTS} name "Bob" is taken`]);
});
