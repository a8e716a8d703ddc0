import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { toWireKind } from "../../../proto/enums.ts";
import { serve, type ServeOptions } from "../../../server.ts";
import { failure, Peer, refusal } from "../../support/wire/grpc_peer.ts";
import { type ProofOverrides, RawIdentity } from "../../support/wire/raw_identity.ts";

const ADDRESS = "127.0.0.1:0";
const SECRET = "a secret of bob's own";

/** Every store, by the options that choose it, in a temporary folder. */
const STORES: [name: string, options: (folder: string) => ServeOptions][] = [
  ["memory", () => ({})],
  ["a file", (folder) => ({ data: `${folder}/a.db` })],
];

/** Runs `body` while bob, the owner of his name, is in the lobby. He must be there at the end. */
function whileBobIsThere(
  behavior: string,
  body: (peer: Peer, bob: RawIdentity) => Promise<void>,
): void {
  for (const [store, options] of STORES) {
    Deno.test(`${behavior} (names in ${store})`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await using server = await serve({ address: ADDRESS, ...options(folder) });
        using peer = new Peer(server.address);
        const bob = await RawIdentity.create();
        const session = await bob.join(peer, { name: "bob", client: SECRET });
        await body(peer, bob);
        session.post(["still here", "me"]);
        await session.until(({ acks }) => acks.has("still here"));
        const { notes, changes, goodbye } = session.seen;
        assertEquals(notes.filter(({ name }) => name !== "bob" && name !== "~"), []);
        assert(notes.every(({ verified }) => verified), "an unverified note under the name of bob");
        assertEquals([changes, goodbye], [[], undefined]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}

for (
  const [what, tricks] of [
    ["for another server", { server: { id: new Uint8Array(32) } }],
    ["for a server with TLS", { server: { transport: "tls" } }],
    ["for another room", { join: { room: "dev" } }],
    ["for another name", { join: { name: "Bob" } }],
    ["for another client", { join: { client: "another secret, long" } }],
    ["of another nonce", { nonce: new Uint8Array(32) }],
    ["that is invalid", { signature: new Uint8Array(64) }],
    ["that is truncated", { signature: new Uint8Array(63) }],
    ["that is missing", { signature: new Uint8Array() }],
  ] as [string, ProofOverrides][]
) {
  whileBobIsThere(`a signature ${what} is refused`, async (peer, bob) => {
    const session = await bob.enter(peer, { name: "bob" }, tricks);
    const { code, details } = await refusal(session);
    assertEquals(code, status.PERMISSION_DENIED);
    assertStringIncludes(details, "The signature does not match the key");
    assertEquals(session.seen.welcome, undefined);
  });
}

whileBobIsThere("a signature is valid for one session", async (peer, bob) => {
  const client = "the very same secret";
  await bob.join(peer, { name: "bob", room: "dev", client });
  const replayed = bob.signature;
  const session = await bob.enter(peer, { name: "bob", room: "dev", client }, {
    signature: replayed,
  });
  assertEquals((await refusal(session)).code, status.PERMISSION_DENIED);
});

whileBobIsThere("another person's public key is useless", async (peer, bob) => {
  const eve = await RawIdentity.create();
  const session = await eve.enter(peer, { name: "bob", key: bob.key });
  assertEquals((await refusal(session)).code, status.PERMISSION_DENIED);
});

whileBobIsThere("a stolen client secret takes over nobody's session", async (peer) => {
  const eve = await RawIdentity.create();
  for (const name of ["bob", "BOB"]) {
    const session = await eve.enter(peer, { name, client: SECRET, attempt: 9 });
    assertEquals(await refusal(session), {
      code: status.ALREADY_EXISTS,
      details: `name "${name}" is taken`,
    });
  }
  const session = peer.session();
  session.send({ join: { name: "bob", room: "", client: SECRET, attempt: 9 } });
  assertEquals((await refusal(session)).code, status.ALREADY_EXISTS);
});

Deno.test("a stolen client secret renames nobody", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const bob = await (await RawIdentity.create()).join(peer, { name: "bob", client: SECRET });
  const eve = await RawIdentity.create();
  const session = await eve.join(peer, { name: "eve", client: SECRET, attempt: 9 });
  assertEquals(session.seen.welcome!.roster.people.map(({ name }) => name), ["bob", "eve"]);
  bob.post(["1", "still here"]);
  await bob.until(({ acks }) => acks.size === 1);
  assertEquals([bob.seen.changes, bob.seen.goodbye], [["+eve"], undefined]);
});

for (const unlisted of [false, true]) {
  for (const room of ["", "dev"]) {
    const where = `${unlisted ? "an unlisted session" : "a session"} in ${room || "the lobby"}`;
    whileBobIsThere(`an owned name is refused for ${where}`, async (peer) => {
      const eve = await RawIdentity.create();
      const names = ["bob", "BOB", "Böb", "bo\u0302b", "b0b", "ВОВ", "ɓob", "b.o.b"];
      for (const name of names) {
        const keyed = await eve.enter(peer, { name, room, unlisted });
        const { code, details } = await refusal(keyed);
        assertEquals(code, status.ALREADY_EXISTS, name);
        assertStringIncludes(details, `name "${name}" is taken`);
        const keyless = peer.session();
        keyless.send({ join: { name, room, unlisted, client: "x".repeat(16) } });
        assertEquals((await refusal(keyless)).code, status.ALREADY_EXISTS, name);
      }
      for (const name of ["bоb", "ＢＯＢ", "bob (2)", "~bob", "bob\u2065", "b๐b", "bob → eve"]) {
        const keyed = await eve.enter(peer, { name, room, unlisted });
        assertEquals((await refusal(keyed)).code, status.INVALID_ARGUMENT, name);
        const keyless = peer.session();
        keyless.send({ join: { name, room, unlisted, client: "x".repeat(16) } });
        assertEquals((await refusal(keyless)).code, status.INVALID_ARGUMENT, name);
      }
    });
  }
}

whileBobIsThere("SendNote refuses an owned name", async (peer) => {
  for (const name of ["bob", "BOB", "b0b", "bòb"]) {
    const { code, details } = await failure(peer.send({ name, message: "I am bob" }));
    assertEquals(code, status.ALREADY_EXISTS);
    assertStringIncludes(details, `name "${name}" is taken`);
  }
  for (const name of ["bob\u2065", "bоb", "ann → bob", "you", "192.0.2.7"]) {
    const { code } = await failure(peer.send({ name, message: "I am bob" }));
    assertEquals(code, status.INVALID_ARGUMENT, name);
  }
  const forged = { name: "~", message: "x", verified: true };
  const { code } = await failure(peer.send({ ...forged, name: "bob" }));
  assertEquals(code, status.ALREADY_EXISTS);
});

Deno.test("a note posted without a key is not verified, even if it claims so", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  await peer.send({ name: "old", message: "x", verified: true });
  ann.post(["1", "y"]);
  const cat = await (await RawIdentity.create()).join(peer, { name: "cat" });
  cat.post(["2", "z"]);
  await ann.until(({ notes }) => notes.length === 3);
  assertEquals(ann.seen.notes.map(({ name, verified }) => [name, verified]), [
    ["old", false],
    ["ann", false],
    ["cat", true],
  ]);
  const reader = await peer.join({ name: "", unlisted: true });
  assertEquals(reader.seen.welcome!.roster.people, [
    { name: "ann", verified: false, sessions: 1 },
    { name: "cat", verified: true, sessions: 1 },
  ]);
});

Deno.test("a post has only the name of its session", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  await (await RawIdentity.create()).join(peer, { name: "bob" });
  const eve = await peer.join({ name: "eve" });
  // A post with id and message, and with fields that a post does not have: 5 is "bob", 7 is true.
  const post = Buffer.from("0a0131" + "120161" + "2a03626f62" + "3801", "hex");
  eve.send(Buffer.concat([Buffer.from([0x12, post.length]), post]));
  await eve.until(({ notes }) => notes.length === 1);
  const [{ name, verified }] = eve.seen.notes as [typeof eve.seen.notes[0]];
  assertEquals([name, verified], ["eve", false]);
});

Deno.test("a name belongs to its key after a server restart", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const options = { address: ADDRESS, data: `${folder}/a.db` };
    const bob = await RawIdentity.create();
    {
      await using server = await serve(options);
      using peer = new Peer(server.address);
      const session = await bob.join(peer, { name: "bob" });
      session.post(["1", "mine"]);
      await session.until(({ acks }) => acks.size === 1);
    }
    await using server = await serve(options);
    using peer = new Peer(server.address);
    const eve = await (await RawIdentity.create()).enter(peer, { name: "bob" });
    assertEquals((await refusal(eve)).code, status.ALREADY_EXISTS);
    assertEquals(
      (await failure(peer.send({ name: "Bob", message: "x" }))).code,
      status.ALREADY_EXISTS,
    );
    const again = await bob.join(peer, { name: "bob" });
    await again.until(({ notes }) => notes.length === 1);
    assertEquals(again.seen.notes[0]!.verified, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sessions of one key are one person, and join and leave once", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const ann = await peer.join({ name: "ann" });
  const bob = await RawIdentity.create();
  const laptop = await bob.join(peer, { name: "bob" });
  const phone = await bob.join(peer, { name: "Bob" });
  assertEquals(phone.seen.welcome!.roster.people.at(-1), {
    name: "bob",
    verified: true,
    sessions: 2,
  });
  ann.postPrivate("1", "bob", "psst");
  for (const session of [laptop, phone]) await session.until(({ notes }) => notes.length === 1);
  laptop.end();
  await laptop.ended;
  phone.end();
  await phone.ended;
  await ann.until(({ counts }) => counts.length === 4);
  assertEquals(ann.seen.counts, ["+bob 1", "+bob 2", "-bob 1", "-bob 0"]);
});

Deno.test("a session on a dead connection does not block its key", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const bob = await RawIdentity.create();
  await bob.join(peer, { name: "bob" }); // It sends nothing more, and does not end either.
  const later = await bob.join(peer, { name: "bob" });
  later.post(["1", "back"]);
  await later.until(({ acks }) => acks.size === 1);
});

Deno.test("an unlisted session gets its private notes if the name is its own", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const bob = await RawIdentity.create();
  const reader = await bob.join(peer, { name: "bob", unlisted: true });
  const guest = await peer.join({ name: "cat", unlisted: true });
  const ann = await peer.join({ name: "ann" });
  ann.postPrivate("1", "bob", "for bob");
  ann.postPrivate("2", "cat", "for cat");
  ann.post(["3", "for all"]);
  for (const session of [reader, guest]) {
    await session.until(({ notes }) => notes.some(({ message }) => message === "for all"));
  }
  assertEquals(reader.seen.notes.map(({ message }) => message), ["for bob", "for all"]);
  assertEquals(guest.seen.notes.map(({ message }) => message), ["for all"]);
  assertEquals(ann.seen.notes[0]!.kind, toWireKind("whisper"));
});

Deno.test("the same client with its key takes over its own ghost, and is renamed", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const bob = await RawIdentity.create();
  const ghost = await bob.join(peer, { name: "bob", client: SECRET });
  const again = await bob.join(peer, { name: "robert", client: SECRET, attempt: 1 });
  await ghost.ended;
  assertEquals(ghost.seen.goodbye, `${status.ABORTED} "bob" has joined again`);
  assertEquals(again.seen.welcome!.roster.people, [
    { name: "robert", verified: true, sessions: 1 },
  ]);
  const eve = await (await RawIdentity.create()).enter(peer, { name: "bob" });
  assertEquals((await refusal(eve)).code, status.ALREADY_EXISTS); // It is still his.
});

for (
  const [what, frames, code] of [
    ["a key that is too short", [{ key: new Uint8Array(31) }], status.INVALID_ARGUMENT],
    ["a key that is too long", [{ key: new Uint8Array(33) }], status.INVALID_ARGUMENT],
  ] as const
) {
  Deno.test(`a join with ${what} is refused`, async () => {
    await using server = await serve({ address: ADDRESS });
    using peer = new Peer(server.address);
    const session = peer.session();
    session.send({ join: { name: "bob", room: "", client: "x".repeat(16), ...frames[0] } });
    assertEquals((await refusal(session)).code, code);
  });
}

Deno.test("a challenge is answered only by a proof", async () => {
  await using server = await serve({ address: ADDRESS });
  using peer = new Peer(server.address);
  const bob = await RawIdentity.create();
  const join = { name: "bob", room: "", client: SECRET, key: bob.key };
  for (
    const answer of [{ join }, { posts: [{ id: "1", message: "x" }] }, { list_rooms: true }, {}]
  ) {
    const session = peer.session();
    session.send({ join });
    await session.until(({ challenges }) => challenges.length === 1);
    session.send(answer);
    assertEquals((await refusal(session)).code, status.INVALID_ARGUMENT);
  }
  const silent = peer.session();
  silent.send({ join });
  silent.end();
  // A session that gave up waiting for the challenge gets no error that would stop it from
  // retrying.
  assertEquals((await refusal(silent)).code, status.UNAVAILABLE);
  const session = await bob.join(peer, join);
  session.send({ proof: { signature: bob.signature, password: "" } });
  await session.ended;
  assertEquals(
    session.seen.goodbye,
    `${status.INVALID_ARGUMENT} There is no challenge to answer`,
  );
});
