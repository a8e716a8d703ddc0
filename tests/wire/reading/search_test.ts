import { status } from "@grpc/grpc-js";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Identity } from "../../../client/profile/identity.ts";
import { ChatError, join, type SearchOptions, serve, type ServeOptions } from "../../../mod.ts";
import type { SearchInit } from "../../../proto/mod.ts";
import { joinLibraryChat } from "../../support/library_chat.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { FakeServer, welcome } from "../../support/wire/fake_server.ts";
import { Peer, type RawSession } from "../../support/wire/grpc_peer.ts";

const open = (options: ServeOptions = {}) => serve({ address: "127.0.0.1:0", rate: 0, ...options });

/** Waits until so many searches are answered to their ends, and returns their last parts. */
async function ends(session: RawSession, count: number) {
  const last = () => session.seen.found.filter(({ last }) => last);
  await session.until(() => last().length === count);
  return last();
}

/** Posts numbered notes at once: `TEXT 1`, `TEXT 2` and so on. */
async function post(address: string, count: number, text: string): Promise<void> {
  await using ann = joinLibraryChat("ann", address, { last: 0 });
  const said = Array.from({ length: count }, (_, i) => ann.say(`${text} ${i + 1}`));
  await Promise.all(said);
}

for (const data of ["memory", "a file"] as const) {
  Deno.test(`Chat.search() finds notes of a server in ${data}, newest first, and goes on`, async () => {
    await using folder = await temporaryFolder();
    await using server = await open(data === "memory" ? {} : { data: `${folder.path}/a.db` });
    await post(server.address, 3_000, "Note");
    await using bob = joinLibraryChat("bob", server.address, { last: 0 });
    assertEquals(await bob.search({ words: ["note", "17"], limit: 3 }), {
      found: ["Note 2917", "Note 2817", "Note 2717"],
      searched: 2_717,
      more: true,
    });
    const next = await bob.search({ words: ["note", "17"], limit: 3, before: 2_717 });
    assertEquals(next.found, ["Note 2617", "Note 2517", "Note 2417"]);
    const all = await bob.search({ words: ["17"], since: { seq: 2_000 }, limit: 1_000 });
    assertEquals([all.found.length, all.more, all.searched], [20, false, 2_000]);
    assertEquals(await bob.search({ words: ["absent"] }), { found: [], searched: 1, more: false });
    assertEquals((await bob.search({ words: ["note"] })).found.length, 50);
    assertEquals((await bob.search({ words: ["note"], limit: 1_000 })).found.length, 1_000);
    assertEquals((await bob.search({ since: { agoMs: 0 } })).found, []);
    assertEquals((await bob.search({ since: { time: 0 }, before: 3 })).found, ["Note 2", "Note 1"]);
    assertEquals((await bob.search({ name: "BOB" })).found, []);
    assertEquals((await bob.search({ name: "Ann", words: ["note 1000"] })).found, ["Note 1000"]);
  });
}

Deno.test("a search finds private notes only for the keys of author and recipient", async () => {
  await using server = await open();
  const [anns, bobs, cats] = [Identity.generate(), Identity.generate(), Identity.generate()];
  await using ann = joinLibraryChat("ann", server.address, { identity: await anns });
  await using bob = joinLibraryChat("bob", server.address, { identity: await bobs });
  await bob.until(({ happened }) => happened.includes("connected"));
  await ann.say("secret one", { kind: "whisper", to: "bob" });
  await ann.say("open secret");
  const found = async (chat: typeof ann) => (await chat.search({ words: ["secret"] })).found;
  assertEquals(await found(ann), ["open secret", "secret one"]);
  assertEquals(await found(bob), ["open secret", "secret one"]);
  await using cat = joinLibraryChat("cat", server.address, { identity: await cats });
  assertEquals(await found(cat), ["open secret"]);
  await using guest = joinLibraryChat("dan", server.address);
  assertEquals(await found(guest), ["open secret"]);
  // A key without a name only reads.
  await using reader = joinLibraryChat("", server.address, { identity: await bobs });
  assertEquals(await found(reader), ["open secret", "secret one"]);
  await using stranger = joinLibraryChat("", server.address);
  assertEquals(await found(stranger), ["open secret"]);
  const end = await cat.search({ words: ["secret one"] });
  assertEquals(end, { found: [], searched: 1, more: false });
});

Deno.test("a person without a key finds their private notes for as long as they stay", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  {
    await using bob = joinLibraryChat("bob", server.address);
    await bob.until(({ happened }) => happened.includes("connected"));
    await ann.say("psst", { kind: "whisper", to: "bob" });
    assertEquals((await bob.search({ words: ["psst"] })).found, ["psst"]);
  }
  await using bob = joinLibraryChat("bob", server.address);
  assertEquals((await bob.search({ words: ["psst"] })).found, []);
  assertEquals((await ann.search({ words: ["psst"] })).found, ["psst"]);
});

Deno.test("searches are answered in order, beside the posts of the session", async () => {
  await using server = await open();
  await post(server.address, 2_000, "note");
  using peer = new Peer(server.address);
  const bob = await peer.join({ name: "bob", last: 0 });
  bob.send({
    searches: ["absent", "note", "note 7"].map((word) => ({ words: [word], limit: 600 })),
    posts: [{ id: "1", message: "posted" }],
  });
  await bob.until(({ acks }) => acks.size === 1);
  const [absent, note, seven] = await ends(bob, 3);
  assertEquals([absent!.more, note!.more, seven!.more], [false, true, false]);
  const seqs = bob.seen.found.flatMap(({ notes }) => notes.map(({ seq }) => seq));
  const sevens = seqs.slice(600);
  assertEquals(seqs.slice(0, 600), Array.from({ length: 600 }, (_, i) => 2_000 - i));
  assertEquals([sevens.length, sevens[0], sevens.at(-1)], [111, 799, 7]);
});

Deno.test("a session that ends its side gets the answers to its searches, and one may break off", async () => {
  await using server = await open();
  await post(server.address, 2_000, "note");
  using peer = new Peer(server.address);
  const bob = await peer.join({ name: "bob", last: 0 });
  bob.send({ searches: [{ words: ["absent"] }, { words: ["note"], limit: 1_000 }] });
  bob.end();
  assertEquals((await bob.ended).code, status.OK);
  assertEquals(bob.seen.found.flatMap(({ notes }) => notes).length, 1_000);
  const left = new AbortController();
  const chat = await join({ name: "cat", address: server.address, last: 0, signal: left.signal });
  for await (const note of chat.search({ words: ["note"] })) {
    assertEquals(note.seq, 2_000);
    break;
  }
  for await (const note of chat.search({ words: ["note 3"], limit: 1 })) {
    assertEquals(note.message, "note 399");
  }
  left.abort();
  await assertRejects(
    () => chat.search({ words: ["note"] }).next(),
    ChatError,
    "There is no connection",
  );
});

Deno.test("a search out of bounds is refused with the bound, by the client and by the server", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("hello");
  const cases: [SearchOptions, string][] = [
    [{ words: ["x".repeat(201)] }, "has 201 characters: at most 200 are allowed in a search"],
    [{ words: Array(17).fill("x") }, "A search has 17 words: at most 16 are allowed"],
    [{ words: ["  "] }, "A word to search for is empty"],
    [{ name: "x".repeat(65) }, "at most 64 are allowed"],
  ];
  using peer = new Peer(server.address);
  const bob = await peer.join({ name: "bob" });
  for (const [index, [options, words]] of cases.entries()) {
    await assertRejects(() => ann.search(options), ChatError, words);
    bob.send({ searches: [{ words: [...options.words ?? []], name: options.name ?? "" }] });
    const { code, reason } = (await ends(bob, index + 1)).at(-1)!;
    assertEquals(code, status.INVALID_ARGUMENT);
    assert(reason.includes(words), reason);
  }
  await assertRejects(() => ann.search({ limit: 1_001 }), RangeError, "limit");
  await assertRejects(() => ann.search({ limit: 0 }), RangeError, "limit");
  await assertRejects(() => ann.search({ before: -1 }), RangeError, "before");
  bob.send({ searches: [{ words: ["x"], limit: 1_001 }] });
  const { reason } = (await ends(bob, cases.length + 1)).at(-1)!;
  assertEquals(reason, "A search for 1001 notes: must be from 1 to 1,000");
  assertEquals((await ann.search({ words: ["x".repeat(200), "%"] })).found, []);
});

Deno.test("a person searches 20 times at once, and then waits", async () => {
  await using server = await open({ rate: 10 });
  await using ann = joinLibraryChat("ann", server.address);
  await ann.say("hello");
  for (let i = 0; i < 20; i++) await ann.search({ words: ["hello"] });
  const error = await assertRejects(
    async () => {
      for (let i = 0; i < 1_000; i++) await ann.search({ words: ["hello"] });
    },
    ChatError,
    "Too many searches: wait 0.",
  );
  assertStringIncludes(error.message, " s (at most 2 a second, 20 at once)");
  assertEquals(error.code, "limited");
  assert(error.retryMs! > 0);
});

Deno.test("10,000 searches in one frame cut only the one who sends them", async () => {
  await using server = await open({ rate: 10 });
  const identity = await Identity.generate(); // Without a key, they would be one person.
  await using ann = joinLibraryChat("ann", server.address, { identity });
  await ann.say("hello");
  const send = async (searches: SearchInit[]) => {
    using peer = new Peer(server.address);
    const bob = await peer.join({ name: "bob" });
    bob.send({ searches });
    const { code } = await bob.ended;
    return { code, ...bob.seen };
  };
  const { goodbye } = await send(Array.from({ length: 10_000 }, () => ({ limit: 1 })));
  assertEquals(goodbye, "3 The request breaks the contract: more than 16,384 fields");
  const { code, found } = await send(Array.from({ length: 10_000 }, () => ({})));
  assertEquals(code, status.UNAVAILABLE);
  assert(found.length < 1_000, `${found.length}`);
  await ann.say("hello again");
  assertEquals((await ann.search({ words: ["hello"], name: "ann" })).found.length, 2);
});

Deno.test("a slow reader gets all that a search finds, in frames of bounded size", async () => {
  await using server = await open();
  await using ann = joinLibraryChat("ann", server.address, { last: 0 });
  const text = "x".repeat(16_000);
  await Promise.all(Array.from({ length: 200 }, (_, i) => ann.say(`${i + 1} ${text}`)));
  using peer = new Peer(server.address);
  const bob = await peer.join({ name: "bob", last: 0 });
  bob.send({ searches: [{ words: ["x"], limit: 1_000 }] });
  await ends(bob, 1);
  const parts = bob.seen.found.map(({ notes }) => notes.length);
  assertEquals(parts.reduce((sum, count) => sum + count), 200);
  assert(Math.max(...parts) <= 9, `${parts}`);
});

Deno.test("a search of a server that cannot search is refused at once", async () => {
  using server = await FakeServer.answering(({ join }) => join ? welcome(join) : undefined);
  await using ann = joinLibraryChat("ann", server.address);
  await ann.until(({ happened }) => happened.includes("connected"));
  const error = await assertRejects(
    () => ann.search({ words: ["x"] }),
    ChatError,
    "This server is of an older version: it cannot search",
  );
  assertEquals(error.code, "unsupported");
});
