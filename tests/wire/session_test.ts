import { status } from "@grpc/grpc-js";
import { trace } from "@opentelemetry/api";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { serve, type ServeOptions, type ServerEvent } from "../../mod.ts";
import { Peer, type RawSession, refusal } from "../support/wire/grpc_peer.ts";
import { RawIdentity } from "../support/wire/raw_identity.ts";

/** A server in memory and a connection to it. */
async function setUp(options: ServeOptions = {}) {
  const server = await serve({ address: "127.0.0.1:0", rate: 0, ...options });
  const peer = new Peer(server.address);
  return {
    server,
    peer,
    async [Symbol.asyncDispose]() {
      peer[Symbol.dispose]();
      await server.stop();
    },
  };
}

const text = (notes: readonly { message: string }[]) => notes.map((note) => note.message).join("");

Deno.test("a session gets no frame without anything in it", async () => {
  await using chat = await setUp();
  const { peer } = chat;
  const ann = await peer.join({ name: "ann" });
  const bob = await peer.join({ name: "bob" });
  await ann.until(({ changes }) => changes.includes("+bob"));
  for (const id of ["1", "2", "3"]) {
    bob.post([id, "x"]);
    await ann.until(({ notes }) => notes.length === Number(id));
  }
  assertEquals([ann.seen.empty, bob.seen.empty], [0, 0]);
});

Deno.test("Session sends a welcome with the room, the name, the head and the people present", async () => {
  await using up = await setUp({ maxNoteBytes: 99 });
  const ann = await up.peer.join({ name: "Ann" });
  const { welcome } = ann.seen;
  assertEquals([welcome!.room, welcome!.name, welcome!.max_note_bytes], ["lobby", "Ann", 99]);
  assertEquals([welcome!.head.seq, welcome!.roster.people.map(({ name }) => name)], [0, ["Ann"]]);
  ann.post(["1", "a"], ["2", "b"]);
  await ann.until(({ acks }) => acks.size === 2);
  const bob = await up.peer.join({ name: "bob" });
  assertEquals([
    bob.seen.welcome!.head.seq,
    bob.seen.welcome!.roster.people.map(({ name }) => name),
  ], [2, ["Ann", "bob"]]);
  assertEquals(bob.seen.welcome!.head.history, welcome!.head.history);
});

Deno.test("Session delivers each note once, numbered, timed, under the session's own name", async () => {
  await using up = await setUp();
  const before = Date.now();
  const ann = await up.peer.join({ name: "ann" });
  const bob = await up.peer.join({ name: "bob" });
  ann.send({
    posts: [{ id: "a1", message: "안녕", kind: 0 }, { id: "a2", message: "waves", kind: 1 }],
  });
  await bob.until(({ notes }) => notes.length === 2);
  await ann.until(({ acks, notes }) => acks.size === 2 && notes.length === 2);
  assertEquals([...ann.seen.acks], [["a1", 1], ["a2", 2]]);
  assertEquals(bob.seen.notes, ann.seen.notes);
  const [one, two] = bob.seen.notes;
  assertEquals([one!.seq, one!.name, one!.message, one!.kind], [1, "ann", "안녕", 0]);
  assertEquals([two!.seq, two!.kind], [2, 1]);
  assertEquals(one!.time! >= before && one!.time! <= Date.now(), true);
});

Deno.test("Session answers a repeated id with its existing position", async () => {
  await using up = await setUp();
  const ann = await up.peer.join({ name: "ann" });
  ann.post(["x", "a"], ["y", "b"], ["x", "a"]);
  await ann.until(({ acks }) => acks.size === 2);
  ann.cancel();
  const again = await up.peer.join({ name: "ann" });
  again.post(["y", "b"], ["z", "c"]);
  await again.until(({ acks, notes }) => acks.size === 2 && notes.length === 3);
  assertEquals([...again.seen.acks], [["y", 2], ["z", 3]]);
  assertEquals(text(again.seen.notes), "abc");
});

Deno.test("Session counts the notes that retention has dropped, in their place", async () => {
  await using up = await setUp({ keep: 3 });
  const ann = await up.peer.join({ name: "ann" });
  ann.post(["1", "a"]);
  await ann.until(({ notes }) => notes.length === 1);
  const { history } = ann.seen.welcome!.head;
  ann.post(...[..."bcdefg"].map((letter): [string, string] => [letter, letter]));
  await ann.until(({ acks }) => acks.size === 7);
  const late = await up.peer.join({ name: "late", after: { history, seq: 1 } });
  await late.until(({ notes }) => notes.length === 3);
  assertEquals([late.seen.lost, text(late.seen.notes)], [[{ count: 3, after: 0 }], "efg"]);
});

Deno.test("Session reports joins and leaves, and their reasons", async () => {
  await using up = await setUp();
  const ann = await up.peer.join({ name: "ann" });
  const bob = await up.peer.join({ name: "bob" });
  const cat = await up.peer.join({ name: "cat" });
  bob.end();
  await bob.ended;
  cat.cancel();
  await ann.until(({ changes }) => changes.length === 4);
  assertEquals(ann.seen.changes, ["+bob", "+cat", "-bob left", "-cat connection lost"]);
});

Deno.test("Session ends by an unexpected error in the same words for the log and the others", async () => {
  const startSpan = () => {
    throw new TypeError("The exporter is broken");
  };
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: startSpan }) });
  try {
    const reasons: string[] = [];
    const onEvent = (event: ServerEvent) => {
      if (event.type === "leave") reasons.push(event.reason);
    };
    await using up = await setUp({ onEvent });
    const ann = await up.peer.join({ name: "ann" });
    const bob = await up.peer.join({ name: "bob" });
    bob.post(["1", "a"]);
    await ann.until(({ changes }) => changes.length === 2);
    assertEquals([ann.seen.changes, reasons], [["+bob", "-bob server error"], ["server error"]]);
  } finally {
    trace.disable();
  }
});

Deno.test("Session keeps rooms apart, and connects the original contract to the lobby", async () => {
  await using up = await setUp();
  const lobby = await up.peer.join({ name: "ann" });
  const dev = await up.peer.join({ name: "ann", room: "Dev" });
  assertEquals(dev.seen.welcome!.room, "Dev");
  dev.post(["1", "in dev"]);
  lobby.post(["1", "in lobby"]);
  await lobby.until(({ notes }) => notes.length === 1);
  await up.peer.send({ name: "old", message: "from an old peer" });
  await lobby.until(({ notes }) => notes.length === 2);
  await dev.until(({ notes }) => notes.length === 1);
  assertEquals(dev.seen.notes[0]!.message, "in dev");
  assertEquals(await up.peer.read(2), [
    { name: "ann", message: "in lobby" },
    { name: "old", message: "from an old peer" },
  ]);
});

Deno.test("Session refuses a post with a reason, and accepts the posts around it", async () => {
  await using up = await setUp({ maxNoteBytes: 3 });
  const ann = await up.peer.join({ name: "ann" });
  ann.post(["1", "yes"], ["2", "much"], ["", "no"], ["3", "too"]);
  await ann.until(({ acks, refusals }) => acks.size === 2 && refusals.length === 2);
  assertEquals(ann.seen.refusals, [
    "2 8 Note has 4 bytes: at most 3 are allowed",
    " 3 The id of a post must have 1 to 64 characters",
  ]);
  assertEquals([...ann.seen.acks], [["1", 1], ["3", 2]]);
});

Deno.test("Session answers every post made before the half-close", async () => {
  await using up = await setUp({ maxInFlight: 10 });
  const ann = await up.peer.join({ name: "ann" });
  for (let i = 0; i < 50; i++) {
    ann.post(...Array.from({ length: 20 }, (_, j): [string, string] => [`${i}-${j}`, "x"]));
  }
  ann.end();
  assertEquals((await ann.ended).code, status.OK);
  assertEquals(ann.seen.acks.size, 1_000);
});

Deno.test("Session sends all notes up to the head to a peer that has half-closed", async () => {
  await using up = await setUp();
  const ann = await up.peer.join({ name: "ann" });
  const count = 3_000; // Enough to be read in several steps.
  const posts = Array.from({ length: count }, (_, i) => ({ id: `${i}`, message: "x".repeat(200) }));
  for (let i = 0; i < count; i += 500) ann.send({ posts: posts.slice(i, i + 500) });
  await ann.until(({ acks }) => acks.size === count);
  const bob = up.peer.session();
  bob.send({ join: { name: "bob", room: "", client: "client of bob...." } });
  bob.post(["1", "last"]);
  bob.end();
  assertEquals((await bob.ended).code, status.OK);
  assertEquals([bob.seen.notes.length, [...bob.seen.acks]], [count + 1, [["1", count + 1]]]);
});

Deno.test("Session ties an id to its author: the key, or the name without one", async () => {
  await using up = await setUp();
  const post = async (session: RawSession, message: string) => {
    session.post(["id", message]);
    await session.until(({ acks }) => acks.size === 1);
    return session.seen.acks.get("id");
  };
  const [annsKey, bobsKey] = [await RawIdentity.create(), await RawIdentity.create()];
  assertEquals(await post(await annsKey.join(up.peer, { name: "ann" }), "of ann"), 1);
  assertEquals(await post(await bobsKey.join(up.peer, { name: "bob" }), "of bob"), 2);
  assertEquals(await post(await up.peer.join({ name: "cat" }), "of cat"), 3);
  const dan = await up.peer.join({ name: "dan" });
  assertEquals(await post(dan, "of dan"), 4);
  // The same authors, without knowing whether the server has the note: under another name, and
  // again.
  assertEquals(await post(await annsKey.join(up.peer, { name: "anna" }), "of ann"), 1);
  dan.end();
  await dan.ended;
  assertEquals(await post(await up.peer.join({ name: "DAN" }), "of dan"), 4);
  const eve = await up.peer.join({ name: "eve" });
  await eve.until(({ notes }) => notes.length === 4);
  assertEquals(text(eve.seen.notes), "of annof bobof catof dan");
});

Deno.test("Session forgets the id of a note that retention has dropped", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const data of [{}, { data: `${folder}/chat.db` }]) {
      await using up = await setUp({ keep: 2, ...data });
      const ann = await up.peer.join({ name: "ann" });
      ann.post(["1", "a"], ["2", "b"], ["3", "c"]);
      await ann.until(({ acks }) => acks.size === 3);
      ann.post(["4", "d"]); // Now the first one is dropped, and the second, if it was not before.
      await ann.until(({ acks }) => acks.size === 4);
      ann.post(["1", "a"], ["4", "d"], ["5", "e"]);
      await ann.until(({ acks }) => acks.has("5"));
      assertEquals([...ann.seen.acks], [["1", 5], ["2", 2], ["3", 3], ["4", 4], ["5", 6]]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Session waits at a position far beyond the head", async () => {
  await using up = await setUp();
  const far = await up.peer.join({ name: "far", from: 2 ** 53 - 1 });
  const ann = await up.peer.join({ name: "ann" });
  ann.post(["1", "a"]);
  await ann.until(({ notes }) => notes.length === 1);
  assertEquals([far.seen.welcome!.next, far.seen.welcome!.pending], [2 ** 53 - 1, 0]);
  assertEquals(far.seen.notes, []);
});

for (
  const [what, join] of [
    ["from", { from: 2 ** 64 - 2_048 }],
    ["since", { since: 2 ** 63 }],
    ["after", { after: { history: "x", seq: 2 ** 60 } }],
  ] as const
) {
  Deno.test(`Session refuses a join whose ${what} exceeds the range of numbers`, async () => {
    await using up = await setUp();
    const session = up.peer.session();
    session.send({ join: { name: "ann", room: "", client: "x".repeat(16), ...join } });
    const { code, details } = await refusal(session);
    assertEquals(code, status.INVALID_ARGUMENT);
    assertStringIncludes(details, "must be at most 9007199254740991");
  });
}

Deno.test("Session limits pending posts, however many one frame contains", async () => {
  await using up = await setUp({ maxInFlight: 10 });
  const ann = await up.peer.join({ name: "ann" });
  const ids = Array.from({ length: 5_000 }, (_, i) => `${i}`);
  ann.post(...ids.map((id): [string, string] => [id, id]));
  await ann.until(({ acks, notes }) => acks.size === 5_000 && notes.length === 5_000);
  assertEquals(ann.seen.notes.map((note) => note.message), ids);
});

Deno.test("Session ends once too many orders are refused", async () => {
  await using up = await setUp();
  const ann = await up.peer.join({ name: "ann" });
  const orders = Array.from({ length: 1_000 }, () => ({ name: "bob" }));
  ann.send({ orders });
  const all = ann.until(({ outcomes }) => outcomes.length === orders.length);
  const { code } = await Promise.race([ann.ended, all.then(() => ({ code: status.OK }))]);
  assertEquals(code, status.UNAVAILABLE);
});

const ENDS: [what: string, frames: object[], code: number, reason: string][] = [
  [
    "a first frame that does not join",
    [{ posts: [] }],
    status.INVALID_ARGUMENT,
    "must join a room",
  ],
  ["no frame", [], status.INVALID_ARGUMENT, "must join a room"],
  [
    "an empty name",
    [{ join: { name: "", client: "x".repeat(16) } }],
    status.INVALID_ARGUMENT,
    'Name "" is empty',
  ],
  [
    "a hidden character in the name",
    [{ join: { name: "a\u200b", client: "x".repeat(16) } }],
    status.INVALID_ARGUMENT,
    "invisible",
  ],
  [
    "a control in the room",
    [{ join: { name: "a", room: "\x1b", client: "x".repeat(16) } }],
    status.INVALID_ARGUMENT,
    'Room "\\x1b" contains',
  ],
  [
    "a secret that is too short",
    [{ join: { name: "a", client: "x" } }],
    status.INVALID_ARGUMENT,
    "has 1 characters: must be 16 to 64",
  ],
  [
    "a name in use",
    [{ join: { name: "ANN", client: "y".repeat(16) } }],
    status.ALREADY_EXISTS,
    'name "ANN" is taken',
  ],
];

for (const [what, frames, code, reason] of ENDS) {
  Deno.test(`Session does not begin with ${what}, and nobody else notices`, async () => {
    await using up = await setUp();
    const ann = await up.peer.join({ name: "ann" });
    const session = up.peer.session();
    for (const frame of frames) session.send(frame);
    if (frames.length === 0) session.end();
    const ended = await session.ended;
    assertEquals(ended.code, code, ended.details);
    assertStringIncludes(ended.details, reason);
    ann.post(["1", "still here"]);
    await ann.until(({ notes }) => notes.length === 1);
  });
}

Deno.test("Session ends with a goodbye on a second join, and others read a plain reason", async () => {
  await using up = await setUp();
  const ann = await up.peer.join({ name: "ann" });
  const bob = await up.peer.join({ name: "bob" });
  ann.send({ join: { name: "bob", room: "", client: "x".repeat(16) } });
  assertEquals((await ann.ended).code, status.OK);
  assertEquals(ann.seen.goodbye, "3 A session joins a room only once");
  await bob.until(({ changes }) => changes.length === 1);
  assertEquals(bob.seen.changes, ["-ann faulty client"]);
});

Deno.test("Session limits rooms and members", async () => {
  await using up = await setUp({ maxRooms: 2, maxMembers: 1 });
  await up.peer.join({ name: "ann", room: "one" });
  await up.peer.join({ name: "ann", room: "two" });
  for (
    const [room, reason] of [["three", "there are 2 already"], [
      "one",
      "The room is full: it has 1 member",
    ]] as const
  ) {
    const session = up.peer.session();
    session.send({ join: { name: "bob", room, client: "x".repeat(16) } });
    const { code, details } = await session.ended;
    assertEquals(code, status.RESOURCE_EXHAUSTED);
    assertStringIncludes(details, reason);
  }
});

Deno.test("Session is taken over by the same client, so that its own ghost does not block it", async () => {
  await using up = await setUp();
  const ghost = await up.peer.join({ name: "ann" });
  const again = await up.peer.join({ name: "ann" });
  await ghost.ended;
  assertEquals(ghost.seen.goodbye, '10 "ann" has joined again');
  again.post(["1", "me"]);
  await again.until(({ notes, changes }) => notes.length === 1 && changes.length === 0);
});

Deno.test("Session renames a member whose client joins under another name", async () => {
  await using up = await setUp();
  const client = "one and the same secret";
  const old = await up.peer.join({ name: "ann", client });
  const bob = await up.peer.join({ name: "bob" });
  const taken = up.peer.session();
  taken.send({ join: { name: "Bob", room: "", client, attempt: 1 } });
  assertEquals((await taken.ended).code, status.ALREADY_EXISTS);
  old.post(["1", "still here"]);
  await old.until(({ acks }) => acks.size === 1);
  const cat = await up.peer.join({ name: "cat", client, attempt: 1 });
  await old.ended;
  assertEquals(old.seen.goodbye, '10 "ann" has joined again');
  cat.post(["2", "under another name"]);
  await bob.until(({ notes, changes }) => notes.length === 2 && changes.length === 1);
  assertEquals(bob.seen.notes.map((note) => note.name), ["ann", "cat"]);
  assertEquals([bob.seen.changes, cat.seen.changes], [["ann>cat"], []]);
  assertEquals(cat.seen.welcome!.roster.people.map(({ name }) => name), ["cat", "bob"]);
});

Deno.test("Session sends a goodbye when the server stops", async () => {
  await using up = await setUp();
  const ann = await up.peer.join({ name: "ann" });
  await up.server.stop();
  await ann.ended;
  assertEquals(ann.seen.goodbye, "14 The server is stopping");
});
